// The I/O log of fio, versions 2 and 3 (fio(1), "Trace file format"). Version 2
// has time only in its wait lines; version 3 begins each line with the
// microseconds since the start.
//
//   fio version 2 iolog          fio version 3 iolog
//   /dev/sda add                 26 /dev/sda add
//   /dev/sda open                259 /dev/sda open
//   /dev/sda write 4096 8192     264 /dev/sda write 4096 8192
//
// Offsets and lengths are bytes, each file is a device.
#pragma once

#include "sim/trace/trace_parser.h"

namespace sim::trace {

class fio_iolog_parser final : public trace_parser {
 public:
  using trace_parser::trace_parser;

  record_kind next(io_request& request) override;

  static bool recognises(std::string_view first_line);

 private:
  record_kind first_line(std::string_view line);
  record_kind action(std::string_view rest, io_request& request);
  record_kind wait(std::string_view offset);

  unsigned version_ = 0;  // 0: the first line was not read yet
  std::uint64_t time_ns_ = 0;
};

}  // namespace sim::trace
