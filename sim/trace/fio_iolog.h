// The I/O log of fio, versions 2 and 3 (fio(1), "Trace file format"). Version 2
// has time only in its wait lines; version 3 begins each line with the
// microseconds since the start.
//
//   fio version 2 iolog          fio version 3 iolog
//   /dev/sda add                 26 /dev/sda add
//   /dev/sda open                259 /dev/sda open
//   /dev/sda wait 4000 0         264 /dev/sda write 4096 8192
//   /dev/sda write 4096 8192
//
// Offsets and lengths are bytes, each file is a device. A wait ends so many
// milliseconds after the start of the log: that is what fio does (read_iolog2 and
// ipo_special of 3.33 iolog.c; measured), although its manual says microseconds
// since the line before, which is the other reading.
#pragma once

#include "sim/trace/trace_format.h"
#include "sim/trace/trace_parser.h"

namespace sim::trace {

class fio_iolog_parser final : public trace_parser {
 public:
  fio_iolog_parser(input_buffer& input, parser_context context, iolog_wait wait);

  record_kind next(io_request& request) override;
  std::vector<described_column> columns() const override;
  std::vector<std::string> notes() const override;

  static bool recognises(std::string_view first_line);

 private:
  record_kind first_line(std::string_view line);
  record_kind action(std::string_view rest, io_request& request);
  record_kind wait(std::string_view offset);

  bool waits_since_start_;
  std::uint64_t waits_ = 0;
  unsigned version_ = 0;  // 0: the first line was not read yet
  std::uint64_t time_ns_ = 0;
};

}  // namespace sim::trace
