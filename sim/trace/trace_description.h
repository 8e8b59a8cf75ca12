// What a trace was taken to be: shown by every report, so that a wrong guess is
// seen. Complete when the reader has come to the end of the trace; until then
// the counts are those of what was read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sim::trace {

struct described_column {
  std::string name;     // as the trace calls it: "Offset", "RWBS", "column 3", "bytes 16-23"
  std::string meaning;  // "time", "operation", "offset", "length", "volume", "flush", "FUA", ...
  std::string unit;     // "seconds", "bytes", "sectors of 512 bytes", "1 is write"; may be empty
};

// Records that the recording lost: their sequence numbers are missing.
struct lost_records {
  std::string device;  // "253,1"; empty where the processor lost records of any
  std::uint32_t processor = 0;
  std::uint64_t records = 0;
};

struct trace_description {
  std::string format;                     // its name, as --format takes it: "blktrace"
  std::string format_words;               // "binary records of blktrace, version 1"
  std::vector<described_column> columns;  // what is taken from a record
  std::uint64_t read = 0;                 // records (lines) of all files: the sum of
  std::uint64_t used = 0;                 //   requests that were given,
  std::uint64_t skipped = 0;              //   records understood, nothing to replay,
  std::uint64_t damaged = 0;              //   and records that are unknown or impossible
  std::uint64_t lost = 0;                 // records that the sequence numbers miss
  std::vector<lost_records>
      lost_by_processor;           // of binary blktrace and of block events; only those above 0
  std::vector<std::string> notes;  // sentences: what was assumed, what is not there
};

}  // namespace sim::trace
