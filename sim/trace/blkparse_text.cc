#include "sim/trace/blkparse_text.h"

#include "sim/trace/operation_names.h"
#include "sim/trace/text_fields.h"

namespace sim::trace {

namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;

// "253,1" as a number.
std::optional<std::uint64_t> device_number(std::string_view word) {
  constexpr unsigned minor_bits = 20;
  const std::size_t comma = word.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const auto major = decimal(word.substr(0, comma));
  const auto minor = decimal(word.substr(comma + 1));
  if (!major || !minor) return std::nullopt;
  return (*major << minor_bits) + *minor;
}

bool begins_summary(std::string_view line) {
  return line.starts_with("CPU") || line.starts_with("Total (") || line.starts_with("Throughput");
}

}  // namespace

std::optional<blkparse_parser::line_head> blkparse_parser::parse_head(std::string_view& rest) {
  line_head head;
  head.device = next_word(rest);
  const auto number = device_number(head.device);
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

record_kind blkparse_parser::queue_event(std::string_view rest, const line_head& head,
                                         io_request& request) {
  const std::string_view letters = next_word(rest);
  const std::string_view first = next_word(rest);
  std::uint64_t sector = 0;
  std::uint64_t nr_sectors = 0;
  if (!first.empty() && !first.starts_with('[')) {  // a request without a range has none
    const auto parsed_sector = decimal(first);
    const std::string_view sign = next_word(rest);
    if (sign.starts_with('(')) return record_kind::skipped;  // a SCSI command, in bytes
    const auto parsed_length = decimal(next_word(rest));
    if (!parsed_sector || sign != "+" || !parsed_length)
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
  const bool split_rest =
      kind == record_kind::request && splits_.is_rest(head.device_number, head.process, request);
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

record_kind blkparse_parser::next(io_request& request) {
  input_buffer::line line;
  if (!next_line(line)) return record_kind::end;
  if (line.too_long) return damaged("the line is too long");
  if (trimmed(line.text).empty()) return record_kind::skipped;

  std::string_view rest = line.text;
  const auto head = parse_head(rest);
  if (!head) {
    in_summary_ = in_summary_ || begins_summary(line.text);
    return in_summary_ ? record_kind::skipped : damaged("not a line of blkparse", line.text);
  }
  if (head->action == "m") return record_kind::skipped;
  saw_time(head->time_ns);
  if (head->action == "X") split_event(rest, *head);
  if (head->action != "Q") return record_kind::skipped;
  return queue_event(rest, *head, request);
}

}  // namespace sim::trace
