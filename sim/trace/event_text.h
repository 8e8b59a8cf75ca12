// The kernel's block events as text, one a line:
//
//   dd  4021 [001]  2380.304199: block:block_bio_queue: 7,0 WS 0 + 128 [dd]       perf script
//   dd-4021  [001] ..... 700.396411: block_bio_queue:    253,0 WS 2048 + 8 [dd]   trace-cmd report
//
// trace-cmd's form is that of tracefs' file "trace". Taken are block_bio_queue,
// block_rq_issue and block_rq_complete (event_choice.h); what other events and
// headers say is passed over. Layouts of Linux 6.1 to 7.3: the newer ones have a
// priority before the command ("2048 + 8 none,0,0 [dd]"), and WZ where 6.1 has N
// for write-zeroes (include/trace/events/block.h, blk_fill_rwbs).
#pragma once

#include <map>

#include "sim/trace/trace_parser.h"

namespace sim::trace {

class event_text_parser final : public trace_parser {
 public:
  using trace_parser::trace_parser;

  record_kind next(io_request& request) override;
  std::vector<described_column> columns() const override;
  std::vector<std::string> notes() const override;
  std::vector<lost_records> lost() const override;
  event_set events_ahead() override;

  struct event_line {
    std::uint64_t time_ns = 0;
    std::string_view event;  // "block_bio_queue"
    std::string_view rest;   // "7,0 WS 0 + 128 [dd]"
    bool of_perf = false;    // "block:" stands before the event
  };
  // The parts of a line with a block event; none for any other line.
  static std::optional<event_line> parse_line(std::string_view line);

 private:
  record_kind request_event(const event_line& line, io_request& request);

  // "CPU:1 [LOST 4711 EVENTS]", "CPU 1 [4711 EVENTS DROPPED]"; false for any other line.
  bool lost_line(std::string_view line);

  std::uint64_t unnamed_zeroing_ = 0;              // N with a range
  std::map<std::uint32_t, std::uint64_t> lost_{};  // by processor
};

}  // namespace sim::trace
