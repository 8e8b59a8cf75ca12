#include "sim/trace/blkparse_text.h"

#include <fmt/format.h>

#include "sim/trace/device_number.h"
#include "sim/trace/operation_names.h"
#include "sim/trace/text_fields.h"

namespace sim::trace {

namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;

// "fio (4020)", of blkparse -s.
bool names_process(std::string_view line) {
  const std::size_t open = line.rfind(" (");
  return open != std::string_view::npos && open != 0 && line.front() != ' ' &&
         line.ends_with(')') && decimal(line.substr(open + 2, line.size() - open - 3)).has_value();
}

bool begins_summary(std::string_view line) {
  return names_process(line) || line.starts_with(" Reads Queued:") || line.starts_with("CPU") ||
         line.starts_with("Total (") || line.starts_with("Throughput") ||
         line.starts_with("Events (") || line.starts_with("Skips:");
}

// What blkparse and blktrace say on standard error, often caught in the same
// file: "Input file t.blktrace.0 added", "=== 253,1 ===", "  CPU  0:  92 events".
bool is_remark(std::string_view line) {
  const std::string_view text = trimmed(line);
  return (text.starts_with("Input file ") && text.ends_with(" added")) ||
         (text.starts_with("===") && text.ends_with("===")) || text.starts_with("CPU ") ||
         text.starts_with("Total:") || text.starts_with("You have ");
}

}  // namespace

std::optional<blkparse_parser::line_head> blkparse_parser::parse_head(std::string_view& rest) {
  line_head head;
  head.device = next_word(rest);
  const auto number = device_number_of(head.device);
  if (!number) return std::nullopt;
  const auto processor = decimal(next_word(rest));
  const auto sequence = decimal(next_word(rest));
  const auto time = decimal_time_ns(next_word(rest), second_ns);
  const auto process = decimal(next_word(rest));
  head.action = next_word(rest);
  if (!processor || !sequence || !time || !process || head.action.empty()) return std::nullopt;
  head.device_number = *number;
  head.time_ns = *time;
  head.process = *process;
  return head;
}

bool blkparse_parser::recognises(std::string_view line) { return parse_head(line).has_value(); }

record_kind blkparse_parser::request_event(std::string_view rest, const line_head& head,
                                           io_request& request) {
  const std::string_view letters = next_word(rest);
  const std::string_view first = next_word(rest);
  std::uint64_t sector = 0;
  std::uint64_t nr_sectors = 0;
  if (!first.empty() && !first.starts_with('[')) {  // a request without a range has none
    const auto parsed_sector = decimal(first);
    const std::string_view sign = next_word(rest);
    if (first.starts_with('(') || sign.starts_with('('))
      return record_kind::skipped;                                  // a SCSI command, in bytes
    const bool no_length = parsed_sector && sign.starts_with('[');  // a completion of none
    const auto parsed_length =
        no_length ? std::optional<std::uint64_t>(0) : decimal(next_word(rest));
    if (!parsed_sector || (sign != "+" && !no_length) || !parsed_length)
      return damaged("no range of the form 'SECTOR + LENGTH'", first);
    sector = *parsed_sector;
    nr_sectors = *parsed_length;
  }
  if (letters.starts_with('N')) return record_kind::skipped;
  const auto op = operation_of_rwbs(letters, nr_sectors);
  if (!op) return damaged("unknown kind of request", letters);
  if (nr_sectors == 0 && op->op != io_op::flush) return record_kind::skipped;
  const record_kind kind =
      finish(request, head.time_ns, head.device, set_sectors(request, *op, sector, nr_sectors));
  const bool split_rest = kind == record_kind::request && events_ == event_kind::queue &&
                          splits_.is_rest(head.device_number, head.process, request);
  return split_rest ? record_kind::skipped : kind;
}

// "RA 384 / 512 [command]": the second number is where the rest begins.
void blkparse_parser::split_event(std::string_view rest, const line_head& head) {
  next_word(rest);
  next_word(rest);
  const std::string_view sign = next_word(rest);
  const auto rest_sector = decimal(next_word(rest));
  if (sign == "/" && rest_sector) splits_.split(head.device_number, head.process, *rest_sector);
}

record_kind blkparse_parser::other_line(std::string_view line) {
  in_summary_ = in_summary_ || begins_summary(line);
  if (line.starts_with("Skips:")) {
    std::string_view rest = line.substr(line.find(':') + 1);
    next_word(rest);  // "7 forward (1,234 -  12.3%)"
    next_word(rest);
    for (const char c : next_word(rest))
      if (c >= '0' && c <= '9') skips_ = skips_ * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (in_summary_ || is_remark(line)) return record_kind::skipped;
  return damaged("not a line of blkparse", line);
}

record_kind blkparse_parser::next(io_request& request) {
  input_buffer::line line;
  if (!next_line(line)) return record_kind::end;
  if (line.too_long) return damaged("the line is too long");
  if (trimmed(line.text).empty()) return record_kind::skipped;

  std::string_view rest = line.text;
  const auto head = parse_head(rest);
  if (!head) return other_line(line.text);
  if (head->action == "m") return record_kind::skipped;
  saw_time(head->time_ns);
  if (head->action == "X") split_event(rest, *head);
  const auto kind = event_of_letter(head->action);
  if (!kind || !is_request(*kind)) return record_kind::skipped;
  return request_event(rest, *head, request);
}

std::vector<described_column> blkparse_parser::columns() const {
  return {{"column 1", "volume", "major,minor"},
          {"column 4", "time", "seconds"},
          {"column 6", "event", fmt::format("{} is a request", letter_of(events_))},
          {"column 7", "operation", "letters of the block layer"},
          {"column 8", "offset", "sectors of 512 bytes"},
          {"column 10", "length", "sectors of 512 bytes"}};
}

std::vector<std::string> blkparse_parser::notes() const {
  if (skips_ == 0) return {};
  return {fmt::format("blkparse itself missed {} records of what it printed.", skips_)};
}

event_set blkparse_parser::events_ahead() {
  event_set seen;
  std::string_view text = text_ahead();
  while (!text.empty()) {
    std::string_view line = take_line(text);
    const auto head = parse_head(line);
    if (!head) continue;
    if (const auto kind = event_of_letter(head->action)) seen.add(*kind);
  }
  return seen;
}

}  // namespace sim::trace
