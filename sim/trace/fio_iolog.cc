#include "sim/trace/fio_iolog.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "persistent-data/base/checked_math.h"
#include "sim/trace/operation_names.h"
#include "sim/trace/text_fields.h"

namespace sim::trace {

namespace {

constexpr std::string_view version_2_line = "fio version 2 iolog";
constexpr std::string_view version_3_line = "fio version 3 iolog";
constexpr std::uint64_t microsecond_ns = 1000;
constexpr std::uint64_t millisecond_ns = 1'000'000;
constexpr std::uint64_t shortest_wait_us = 100;  // the manual: shorter ones are discarded
constexpr std::array<std::string_view, 3> management_actions{"add", "open", "close"};

std::optional<operation> operation_of(std::string_view action) {
  if (action == "read") return operation{.op = io_op::read};
  if (action == "write") return operation{.op = io_op::write};
  if (action == "trim") return operation{.op = io_op::discard};
  if (action == "sync" || action == "datasync" || action == "sync_file_range")
    return operation{.op = io_op::flush};
  return std::nullopt;
}

}  // namespace

fio_iolog_parser::fio_iolog_parser(input_buffer& input, parser_context context, iolog_wait wait)
    : trace_parser(input, std::move(context)),
      waits_since_start_(wait == iolog_wait::since_start_ms) {}

bool fio_iolog_parser::recognises(std::string_view first_line) {
  return trimmed(first_line) == version_2_line || trimmed(first_line) == version_3_line;
}

record_kind fio_iolog_parser::first_line(std::string_view line) {
  version_ = trimmed(line) == version_2_line ? 2 : 3;
  if (!recognises(line)) return damaged("not the first line of a fio iolog", line);
  return record_kind::skipped;
}

record_kind fio_iolog_parser::wait(std::string_view offset) {
  const auto count = decimal(offset);
  if (version_ != 2 || !count) return damaged("not a wait line of version 2", offset);
  ++waits_;
  if (!waits_since_start_ && *count < shortest_wait_us) return record_kind::skipped;
  const auto span_ns =
      pdata::checked_mul(*count, waits_since_start_ ? millisecond_ns : microsecond_ns);
  const auto end =
      span_ns && !waits_since_start_ ? pdata::checked_add(time_ns_, *span_ns) : span_ns;
  if (!end) return damaged("the time is too large", offset);
  time_ns_ = std::max(time_ns_, *end);
  return record_kind::skipped;
}

record_kind fio_iolog_parser::action(std::string_view rest, io_request& request) {
  const std::string_view file = next_word(rest);
  const std::string_view name = next_word(rest);
  const std::string_view offset_word = next_word(rest);
  const std::string_view length_word = next_word(rest);
  if (offset_word.empty()) {
    if (std::ranges::find(management_actions, name) != management_actions.end())
      return record_kind::skipped;
    return damaged(operation_of(name) ? "an action without offset and length" : "unknown action",
                   name);
  }
  if (name == "wait") return wait(offset_word);
  const auto op = operation_of(name);
  if (!op) return damaged("unknown action", name);
  const auto offset = decimal(offset_word);
  const auto length = decimal(length_word);
  if (!offset || !length) return damaged("no offset and length", offset_word);
  if (*length == 0 && op->op != io_op::flush) return record_kind::skipped;
  return finish_bytes(request, time_ns_, file, *op, *offset, *length);
}

record_kind fio_iolog_parser::next(io_request& request) {
  input_buffer::line line;
  if (!next_line(line)) return record_kind::end;
  if (line.too_long) return damaged("the line is too long");
  if (version_ == 0) return first_line(line.text);
  std::string_view rest = trimmed(line.text);
  if (rest.empty()) return record_kind::skipped;
  if (version_ == 3) {
    const std::string_view stamp = next_word(rest);
    const auto time_ns = decimal_time_ns(stamp, microsecond_ns);
    if (!time_ns) return damaged("no timestamp", stamp);
    time_ns_ = *time_ns;
  }
  saw_time(time_ns_);
  return action(rest, request);
}

std::vector<described_column> fio_iolog_parser::columns() const {
  const described_column time =
      version_ == 3 ? described_column{"timestamp", "time", "microseconds"}
      : waits_since_start_
          ? described_column{"wait", "time", "milliseconds since the start of the log"}
          : described_column{"wait", "time", "microseconds since the line before"};
  return {time,
          {"filename", "volume", ""},
          {"action", "operation", ""},
          {"offset", "offset", "bytes"},
          {"length", "length", "bytes"}};
}

std::vector<std::string> fio_iolog_parser::notes() const {
  if (waits_ == 0 || !waits_since_start_) return {};
  return {
      "wait counts milliseconds since the start of the log, as fio does it; "
      "--iolog-wait pause takes microseconds since the line before, as its manual says."};
}

}  // namespace sim::trace
