// The check of metadata that a tool has just written, or is about to write as a stream, before it
// says that it is done.
//
// Times are put right: where a check finds that the kernel would write into shared blocks
// (time_rules.h), snapshot times are raised, and the pool's time with them. A block of a device
// whose snapshot time is too high is copied once more before it is written to; nothing else
// comes of it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "persistent-data/io/batch_reader.h"
#include "persistent-data/stream/pool_reader.h"
#include "thin-tools/check/check.h"

namespace thin_tools {

struct raised_time {
  pdata::device_id device = 0;
  std::uint32_t from = 0;
  std::uint32_t to = 0;
};

struct time_changes {
  std::vector<raised_time> raised;     // snapshot times, ascending devices
  std::uint32_t raised_pool_time = 0;  // 0: as it was

  // What was changed, in a line; empty if nothing was.
  std::string changes() const;
};

struct checked_result : time_changes {
  check_report report;  // of what is there now
};

// Details leaves and the superblock are changed in place, as often as it takes: nobody uses
// the metadata yet, and nothing else shares the tree of details. Where anything fatal is left
// the superblock is erased and an error thrown.
checked_result check_result(pdata::block_device& device, const std::string& name);

// The same of what will be a stream, before it is: the trees of devices, which no other trees name
// and no space map counts. Their snapshot times and the time of the pool are raised in the
// arguments. Throws error where anything fatal is left.
time_changes check_trees(pdata::batch_reader& reader, pdata::metadata_block nr_metadata_blocks,
                         pdata::stream_superblock& pool, std::span<pdata::streamed_device> devices);

}  // namespace thin_tools
