#include "sim/trace/trace_parser.h"

#include <fmt/format.h>

#include <utility>

#include "persistent-data/base/error.h"

namespace sim::trace {

namespace {

// What a message quotes of the trace: short, and safe for a terminal.
std::string printable(std::string_view field) {
  constexpr std::size_t length_max = 60;
  std::string text;
  for (const char c : field.substr(0, length_max)) text += c >= ' ' && c <= '~' ? c : '?';
  if (field.size() > length_max) text += "...";
  return text;
}

}  // namespace

trace_parser::trace_parser(input_buffer& input, parser_context context)
    : input_(input), context_(std::move(context)) {}

record_kind trace_parser::damaged(std::string_view why) {
  reason_ = why;
  return record_kind::damaged;
}

record_kind trace_parser::damaged(std::string_view why, std::string_view field) {
  reason_ = fmt::format("{}: '{}'", why, printable(field));
  return record_kind::damaged;
}

record_kind trace_parser::finish(io_request& request, std::uint64_t time_ns,
                                 std::string_view device, std::optional<std::string_view> problem) {
  if (problem) return damaged(*problem);
  const auto number = context_.devices.find_or_add(device);
  if (!number) return damaged("too many devices, or too long a name", device);
  return finish(request, time_ns, *number, problem);
}

record_kind trace_parser::finish(io_request& request, std::uint64_t time_ns, std::uint32_t device,
                                 std::optional<std::string_view> problem) {
  if (problem) return damaged(*problem);
  request.time_ns = time_ns;
  request.device = device;
  request.file = context_.file;
  request.record = record_;
  return record_kind::request;
}

record_kind trace_parser::finish_bytes(io_request& request, std::uint64_t time_ns,
                                       std::string_view device, operation op, std::uint64_t offset,
                                       std::uint64_t length) {
  const record_kind kind = finish(request, time_ns, device, set_bytes(request, op, offset, length));
  const bool whole = (offset | length) % pdata::sector_bytes == 0 || op.op == io_op::flush;
  if (kind == record_kind::request && !whole) ++widened_;
  return kind;
}

std::string_view trace_parser::text_ahead() {
  const auto head = input_.head();
  return {reinterpret_cast<const char*>(head.data()), head.size()};
}

bool trace_parser::is_request(event_kind kind) {
  ++events_seen_[static_cast<std::size_t>(kind)];
  if (kind == events_) return true;
  if (kind < events_ && !context_.events_named)
    throw pdata::error(fmt::format(
        "{} {} is a {} event, and the trace begins with {} events only: say with --events {} or "
        "--events {} which of them are the requests",
        unit(), record_, name_of(kind), name_of(events_), name_of(kind), name_of(events_)));
  return false;
}

bool trace_parser::next_line(input_buffer::line& line) {
  if (!input_.next_line(line)) return false;
  ++record_;
  return true;
}

}  // namespace sim::trace
