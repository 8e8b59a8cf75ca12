// Disk events of Event Tracing for Windows as text: what xperf's dumper writes,
// and the Microsoft traces at SNIA (Exchange, Build server, ...):
//
//   BeginHeader
//               DiskRead,  TimeStamp,     Process Name ( PID),   ThreadID, CPU,             IrpPtr,
//               ByteOffset,     IOSize, ElapsedTime,  DiskNum, ...
//   EndHeader
//               DiskWrite,       8612,        xperf.exe (3984),      11844,   1,
//               0xffffe288b23f1b20, 0x018f0b8000, 0x00001000,         283,        0, ...
//
// (each on one line). A line of the header names the columns of its event, which
// differ between versions of Windows. Taken are DiskRead, DiskWrite and
// DiskFlush; their time is that of the completion, in microseconds.
#pragma once

#include "sim/trace/trace_parser.h"

namespace sim::trace {

class etw_parser final : public trace_parser {
 public:
  using trace_parser::trace_parser;

  record_kind next(io_request& request) override;
  std::vector<described_column> columns() const override;
  std::vector<std::string> notes() const override;

  static bool recognises(std::string_view line);

 private:
  // Numbers of the columns of an event; 0 where it has none.
  struct event_columns {
    std::size_t time = 1;
    std::size_t offset = 0;
    std::size_t length = 0;
    std::size_t disk = 0;
  };

  void read_header(std::string_view line);

  event_columns transfers_;
  event_columns flushes_;
};

}  // namespace sim::trace
