// What every trace format implements: records in, requests out, one file.
//
// A parser reads its input once and keeps a bounded state. Whatever the bytes
// are, each call of next() consumes some of them or says `end`.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/trace/device_table.h"
#include "sim/trace/event_choice.h"
#include "sim/trace/input_buffer.h"
#include "sim/trace/io_request.h"
#include "sim/trace/trace_description.h"

namespace sim::trace {

enum class record_kind : std::uint8_t {
  request,  // to be replayed
  skipped,  // understood, nothing to replay: completions, messages, comments
  damaged,  // unknown or impossible: reason() says why
  end
};

// What the parsers of one trace share, and which file of it this one reads.
struct parser_context {
  device_table& devices;
  std::uint32_t file = 0;
  std::string default_device;  // for formats that name no device
  bool events_named = false;   // the user chose the kind of events
};

class trace_parser {
 public:
  trace_parser(input_buffer& input, parser_context context);
  virtual ~trace_parser() = default;
  trace_parser(const trace_parser&) = delete;
  trace_parser& operator=(const trace_parser&) = delete;

  // The next record. For a request all fields are set; its time is the one of
  // the trace, in nanoseconds since whenever that counts from.
  virtual record_kind next(io_request& request) = 0;

  // After `damaged`: why, and the position of the record.
  const std::string& reason() const { return reason_; }
  std::uint64_t record() const { return record_; }
  // "line" or "record": what record() counts.
  virtual std::string_view unit() const { return "line"; }
  // What is taken from a record, and in which unit.
  virtual std::vector<described_column> columns() const { return {}; }

  // Sentences about what was assumed or found; complete at the end.
  virtual std::vector<std::string> notes() const { return {}; }
  // Records that the sequence numbers miss; complete at the end.
  virtual std::vector<lost_records> lost() const { return {}; }

  // For traces of the block layer's events: the kinds at the start of the
  // input, and which kind of all files of the trace are the requests.
  virtual event_set events_ahead() { return {}; }
  void choose_events(event_kind kind) { events_ = kind; }
  // How many events of the kind there were so far.
  std::uint64_t events_seen(event_kind kind) const {
    return events_seen_[static_cast<std::size_t>(kind)];
  }

  // Requests that were no whole sectors.
  std::uint64_t widened() const { return widened_; }

  // Traces of this kind have no FUA flags where the kernel is of the 7 series.
  virtual bool may_lack_fua() const { return false; }

  // The time of the first record that has one, of whatever kind.
  std::optional<std::uint64_t> first_time_ns() const { return first_time_ns_; }

 protected:
  record_kind damaged(std::string_view why);
  record_kind damaged(std::string_view why, std::string_view field);  // "<why>: '<field>'"
  // Completes a request whose operation and range are set; `problem` is what
  // set_sectors or set_bytes returned.
  record_kind finish(io_request& request, std::uint64_t time_ns, std::string_view device,
                     std::optional<std::string_view> problem);
  // The same where the device's number in the table is known.
  record_kind finish(io_request& request, std::uint64_t time_ns, std::uint32_t device,
                     std::optional<std::string_view> problem);
  // The same for a range in bytes, which is widened to whole sectors and counted.
  record_kind finish_bytes(io_request& request, std::uint64_t time_ns, std::string_view device,
                           operation op, std::uint64_t offset, std::uint64_t length);
  void saw_time(std::uint64_t time_ns) {
    if (!first_time_ns_) first_time_ns_ = time_ns;
  }
  // The next line, counted; false at the end.
  bool next_line(input_buffer::line& line);

  // The start of what was not read yet, as text.
  std::string_view text_ahead();
  // True for an event of the chosen kind. Throws pdata::error at a better kind
  // than was chosen by the start of the trace.
  bool is_request(event_kind kind);

  input_buffer& input_;
  parser_context context_;
  std::uint64_t record_ = 0;
  event_kind events_ = event_kind::queue;

 private:
  std::string reason_;
  std::uint64_t widened_ = 0;
  std::array<std::uint64_t, event_kinds.size()> events_seen_{};
  std::optional<std::uint64_t> first_time_ns_;
};

}  // namespace sim::trace
