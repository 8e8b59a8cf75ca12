// The binary records of blktrace, in either byte order (struct blk_io_trace of
// Linux 6.1 include/uapi/linux/blktrace_api.h, version 7): 48 bytes and a
// payload that is passed over.
//
// Of all events the queue event Q is the request as it entered the device,
// before it was split (see split_tracker.h for splits that are queued again);
// merges, dispatches and completions add nothing.
#pragma once

#include <bit>

#include "sim/trace/split_tracker.h"
#include "sim/trace/trace_parser.h"

namespace sim::trace {

class blktrace_parser final : public trace_parser {
 public:
  using trace_parser::trace_parser;

  record_kind next(io_request& request) override;
  std::string_view unit() const override { return "record"; }

  static bool recognises(std::span<const std::byte> head);

 private:
  record_kind resynchronise();
  record_kind queue_event(std::span<const std::byte> record, io_request& request);
  void split_event(std::span<const std::byte> record);
  bool drop(std::size_t count);  // false if the input ends before

  std::endian order_ = std::endian::little;
  std::uint32_t named_device_ = 0;  // the device number whose name device_name_ is
  std::string device_name_;
  split_tracker splits_;
};

}  // namespace sim::trace
