// The check of metadata that a tool has just written, before it says that it is done.
//
// Times are put right: where a check finds that the kernel would write into shared blocks
// (time_rules.h), snapshot times are raised, and the pool's time with them. A block of a device
// whose snapshot time is too high is copied once more before it is written to; nothing else
// comes of it.
#pragma once

#include <string>
#include <vector>

#include "persistent-data/io/block_device.h"
#include "thin-tools/check/check.h"

namespace thin_tools {

struct raised_time {
  pdata::device_id device = 0;
  std::uint32_t from = 0;
  std::uint32_t to = 0;
};

struct checked_result {
  check_report report;                 // of what is there now
  std::vector<raised_time> raised;     // snapshot times, ascending devices
  std::uint32_t raised_pool_time = 0;  // 0: as it was

  // What was changed, in a line; empty if nothing was.
  std::string changes() const;
};

// Details leaves and the superblock are changed in place, as often as it takes: nobody uses
// the metadata yet, and nothing else shares the tree of details. Where anything fatal is left
// the superblock is erased and an error thrown.
checked_result check_result(pdata::block_device& device, const std::string& name);

}  // namespace thin_tools
