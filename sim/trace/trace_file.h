// One file of a trace: its input, its parser, and a window in which records
// that were written slightly out of order find their place.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>

#include "sim/trace/trace_format.h"
#include "sim/trace/trace_reader.h"

namespace sim::trace {

class trace_file {
 public:
  // `name` is what messages call the file. Detects the format and makes its
  // parser; throws pdata::error if it is not known.
  trace_file(std::string name, std::unique_ptr<byte_source> source, const trace_options& options,
             device_table& devices, std::uint32_t number);

  // Makes front() the next request. False at the end of the file. Counts what
  // is passed over; throws at damage with `strict`.
  bool advance(trace_statistics& statistics);
  const io_request& front() const { return front_; }
  // The clock that front_time_ns() is of begins then, of the file's own.
  void start_clock(std::uint64_t start_ns) { start_ns_ = start_ns; }
  // Of front(), since the start of the clock; 0 for one before it.
  std::uint64_t front_time_ns() const { return is_before_start() ? 0 : front_.time_ns - start_ns_; }
  bool is_before_start() const { return front_.time_ns < start_ns_; }

  const std::string& name() const { return name_; }
  trace_format format() const { return format_; }
  const trace_parser& parser() const { return *parser_; }
  const event_set& events_ahead() const { return events_ahead_; }
  void choose_events(event_kind kind) { parser_->choose_events(kind); }
  std::string position_of(std::uint64_t record) const;
  std::optional<std::uint64_t> first_time_ns() const { return parser_->first_time_ns(); }
  const byte_source& source() const { return input_.source(); }

 private:
  bool parse_request(io_request& request, trace_statistics& statistics);
  void count_damage(trace_statistics& statistics, std::string position,
                    const std::string& reason) const;

  std::string name_;
  input_buffer input_;
  bool strict_;
  trace_format format_;
  std::unique_ptr<trace_parser> parser_;
  event_set events_ahead_;
  io_request front_;
  std::uint64_t start_ns_ = 0;
  std::size_t window_max_;         // 0 for formats that are written in order
  std::deque<io_request> window_;  // ascending by time
  bool ended_ = false;
};

}  // namespace sim::trace
