#include "sim/trace/event_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "sim/trace/device_number.h"
#include "sim/trace/operation_names.h"
#include "sim/trace/text_fields.h"

namespace sim::trace {

namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;
constexpr std::string_view event_prefix = "block_";
constexpr std::string_view system_prefix = "block:";

std::optional<event_kind> kind_of(std::string_view event) {
  if (event == "block_bio_queue") return event_kind::queue;
  if (event == "block_rq_issue") return event_kind::issue;
  if (event == "block_rq_complete") return event_kind::complete;
  return std::nullopt;
}

std::string_view without_last_word(std::string_view text, std::string_view& word) {
  text = trimmed(text);
  const std::size_t blank = text.find_last_of(" \t");
  word = blank == std::string_view::npos ? text : text.substr(blank + 1);
  return blank == std::string_view::npos ? std::string_view() : text.substr(0, blank);
}

}  // namespace

std::optional<event_text_parser::event_line> event_text_parser::parse_line(std::string_view line) {
  // A command may have any name: only what follows a time and ": " is an event.
  for (std::size_t at = line.find(event_prefix); at != std::string_view::npos;
       at = line.find(event_prefix, at + 1)) {
    event_line found;
    std::string_view before = line.substr(0, at);
    if (before.ends_with(system_prefix)) {
      before.remove_suffix(system_prefix.size());
      found.of_perf = true;
    }
    before = trimmed(before);
    if (!before.ends_with(':')) {  // the period, of perf script -F period
      std::string_view period;
      const std::string_view left = trimmed(without_last_word(before, period));
      if (!found.of_perf || !decimal(period) || !left.ends_with(':')) continue;
      before = left;
    }
    before.remove_suffix(1);
    std::string_view stamp;
    without_last_word(before, stamp);
    const auto time_ns = decimal_time_ns(stamp, second_ns);
    const std::size_t colon = line.find(':', at);
    if (!time_ns || stamp.find('.') == std::string_view::npos || colon == std::string_view::npos)
      continue;
    found.time_ns = *time_ns;
    found.event = line.substr(at, colon - at);
    found.rest = line.substr(colon + 1);
    return found;
  }
  return std::nullopt;
}

// "7,0 WS 0 + 128 [dd]", of requests with bytes and a command before the range:
// "8,0 WS 4096 () 2048 + 8 none,0,0 [dd]".
record_kind event_text_parser::request_event(const event_line& line, io_request& request) {
  std::string_view rest = line.rest;
  const std::string_view device = next_word(rest);
  const std::string_view letters = next_word(rest);
  const std::size_t plus = rest.find(" + ");
  if (!device_number_of(device) || plus == std::string_view::npos)
    return damaged("no device and range in a block event", line.rest);
  std::string_view sector_word;
  without_last_word(rest.substr(0, plus), sector_word);
  std::string_view behind = rest.substr(plus + 3);
  const auto sector = decimal(sector_word);
  const auto nr_sectors = decimal(next_word(behind));
  if (!sector || !nr_sectors) return damaged("no range of the form 'SECTOR + LENGTH'", rest);
  auto op = operation_of_rwbs(letters, *nr_sectors);
  if (!op && letters.starts_with('N')) {
    if (*nr_sectors == 0 || line.event != "block_bio_queue") return record_kind::skipped;
    op = operation{.op = io_op::write_zeroes};
    ++unnamed_zeroing_;
  }
  if (!op) return damaged("unknown kind of request", letters);
  if (*nr_sectors == 0 && op->op != io_op::flush) return record_kind::skipped;
  return finish(request, line.time_ns, device, set_sectors(request, *op, *sector, *nr_sectors));
}

bool event_text_parser::lost_line(std::string_view line) {
  constexpr std::size_t processors_max = 1 << 13;
  // perf script --show-lost-events: "... PERF_RECORD_LOST lost 12".
  constexpr std::string_view of_perf = "PERF_RECORD_LOST lost ";
  if (const std::size_t at = line.find(of_perf); at != std::string_view::npos) {
    const auto count = decimal(trimmed(line.substr(at + of_perf.size())));
    const std::size_t bracket = line.find('[');
    const auto number = bracket < at
                            ? decimal(line.substr(bracket + 1, line.find(']') - bracket - 1))
                            : std::nullopt;
    if (!count) return false;
    std::uint64_t& lost = lost_[static_cast<std::uint32_t>(
        std::min<std::uint64_t>(number.value_or(0), processors_max - 1))];
    lost = pdata::checked_add(lost, *count).value_or(lost);
    return true;
  }
  std::string_view rest = trimmed(line);
  if (!rest.starts_with("CPU") || rest.size() < 4 || !rest.ends_with(']')) return false;
  rest = trimmed(rest.substr(4));
  const auto processor = decimal(next_word(rest));
  rest = trimmed(rest);
  if (!processor || *processor >= processors_max || !rest.starts_with('[')) return false;
  rest.remove_prefix(1);
  if (rest.starts_with("LOST ")) next_word(rest);
  const auto count = decimal(next_word(rest));
  if (!count || trimmed(rest).find("EVENTS") != 0) return false;
  std::uint64_t& lost = lost_[static_cast<std::uint32_t>(*processor)];
  lost = pdata::checked_add(lost, *count).value_or(lost);
  return true;
}

std::vector<lost_records> event_text_parser::lost() const {
  std::vector<lost_records> all;
  for (const auto& [processor, count] : lost_) all.push_back({"", processor, count});
  return all;
}

record_kind event_text_parser::next(io_request& request) {
  input_buffer::line line;
  if (!next_line(line)) return record_kind::end;
  if (line.too_long) return damaged("the line is too long");
  const auto event = parse_line(line.text);
  if (!event) {
    if (lost_line(line.text)) return record_kind::skipped;
    // Headers and other events.
    if (line.text.find(event_prefix) != std::string_view::npos && line.text.front() != '#')
      return damaged("a block event without a time", line.text);
    return record_kind::skipped;
  }
  saw_time(event->time_ns);
  const auto kind = kind_of(event->event);
  if (!kind || !is_request(*kind)) return record_kind::skipped;
  return request_event(*event, request);
}

event_set event_text_parser::events_ahead() {
  event_set seen;
  std::string_view text = text_ahead();
  while (!text.empty()) {
    const auto line = parse_line(take_line(text));
    if (!line) continue;
    if (const auto kind = kind_of(line->event)) seen.add(*kind);
  }
  return seen;
}

std::vector<described_column> event_text_parser::columns() const {
  const std::string_view event = events_ == event_kind::queue   ? "block_bio_queue"
                                 : events_ == event_kind::issue ? "block_rq_issue"
                                                                : "block_rq_complete";
  return {{"time", "time", "seconds"},
          {"event", "event", fmt::format("{} is a request", event)},
          {"dev", "volume", "major,minor"},
          {"rwbs", "operation", "letters of the block layer"},
          {"sector", "offset", "sectors of 512 bytes"},
          {"nr_sector", "length", "sectors of 512 bytes"}};
}

std::vector<std::string> event_text_parser::notes() const {
  if (unnamed_zeroing_ == 0) return {};
  return {fmt::format("Linux 6.1 prints write-zeroes as N: {} N with a range are taken as such.",
                      unnamed_zeroing_)};
}

}  // namespace sim::trace
