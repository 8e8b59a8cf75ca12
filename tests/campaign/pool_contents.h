// What a pool maps, for comparing a repaired pool with the one it was.
#pragma once

#include <map>

#include "persistent-data/format/mapping_value.h"
#include "persistent-data/io/block_device.h"

namespace campaign {

using device_mappings = std::map<pdata::thin_block, pdata::mapping>;
using pool_contents = std::map<pdata::device_id, device_mappings>;

// Reads what can be read. An unreadable superblock: nothing.
pool_contents read_contents(pdata::block_device& device);

struct comparison {
  std::uint64_t nr_right = 0;
  std::uint64_t nr_wrong = 0;  // mapped to something else, or mapped where nothing was
  std::uint64_t nr_lost = 0;

  comparison& operator+=(const comparison& more) {
    nr_right += more.nr_right;
    nr_wrong += more.nr_wrong;
    nr_lost += more.nr_lost;
    return *this;
  }
};

comparison compare(const pool_contents& truth, const pool_contents& found);

}  // namespace campaign
