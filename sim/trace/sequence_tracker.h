// Which records of a binary blktrace are missing.
//
// Each processor numbers the records of each traced device from 1 (Linux 6.1
// kernel/trace/blktrace.c, __blk_add_trace), notes excepted, and writes them in
// that order. What is missing in between was lost on the way from the kernel to
// this file. Records for which the kernel's own buffers had no room get no
// number: nothing in a trace shows them, only blktrace's last words do.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "sim/trace/trace_description.h"

namespace sim::trace {

class sequence_tracker {
 public:
  void saw(std::uint32_t device, std::uint32_t processor, std::uint32_t sequence);
  std::vector<lost_records> lost() const;  // one for each processor with a gap

 private:
  struct stream {
    std::uint32_t last = 0;
    std::uint64_t lost = 0;
  };

  // Damaged records name processors that are none: those are not followed.
  static constexpr std::size_t streams_max = 1 << 14;
  std::map<std::uint64_t, stream> streams_;
  // Of late, by device: a record costs no search.
  struct recent {
    std::uint64_t key = 0;
    stream* found = nullptr;
  };
  static constexpr std::size_t nr_recent = 4096;
  std::vector<recent> recent_ = std::vector<recent>(nr_recent);
};

}  // namespace sim::trace
