// The text that blkparse prints by default:
//
//   253,1    0       65     0.019434189   127  Q  RA 136 + 120 [mkfs.ext4]
//
// device, processor, sequence, seconds, process, event, rwbs, range, command.
// Which events are requests: event_choice.h. The summary that ends the text is
// passed over, and so is what blktrace and blkparse say about themselves.
#pragma once

#include "sim/trace/split_tracker.h"
#include "sim/trace/trace_parser.h"

namespace sim::trace {

class blkparse_parser final : public trace_parser {
 public:
  using trace_parser::trace_parser;

  record_kind next(io_request& request) override;
  std::vector<described_column> columns() const override;
  std::vector<std::string> notes() const override;
  event_set events_ahead() override;
  bool may_lack_fua() const override { return true; }

  static bool recognises(std::string_view line);

 private:
  struct line_head {
    std::string_view device;
    std::uint64_t device_number = 0;
    std::uint64_t time_ns = 0;
    std::uint64_t process = 0;
    std::string_view action;
  };

  // Takes the fields up to the event off the front of `rest`.
  static std::optional<line_head> parse_head(std::string_view& rest);
  record_kind other_line(std::string_view line);
  record_kind request_event(std::string_view rest, const line_head& head, io_request& request);
  void split_event(std::string_view rest, const line_head& head);

  bool in_summary_ = false;
  std::uint64_t skips_ = 0;  // records that blkparse's summary misses
  split_tracker splits_;
};

}  // namespace sim::trace
