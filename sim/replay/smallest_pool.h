// The smallest data and metadata device with which a trace is replayed without running
// out of space, found by replaying it.
#pragma once

#include <cstdint>
#include <functional>

#include "sim/replay/replay_settings.h"

namespace sim::replay {

struct smallest_size {
  std::uint64_t blocks = 0;       // suffice
  bool one_less_is_short = true;  // was tried; false: there is no smaller device
};

struct smallest_pool {
  sector block_sectors = 0;
  smallest_size data;                     // data blocks, with ample metadata
  smallest_size metadata;                 // metadata blocks, on a data device of that size
  std::uint64_t data_blocks_max = 0;      // in use with ample space
  std::uint64_t metadata_blocks_max = 0;  // in use on the smallest pool, without the reserve
  std::uint64_t metadata_reserve = 0;     // of the smallest metadata device
  std::uint64_t replays = 0;
};

// A number n that suffices where n - 1 does not, not below `low`, looked for around
// `guess`. `high` suffices. Whether more always suffices where less does is not taken
// for granted: only that both were tried.
smallest_size find_smallest(std::uint64_t low, std::uint64_t high, std::uint64_t guess,
                            const std::function<bool(std::uint64_t)>& suffices);

// Data is not compared. Throws usage_error if the settings name sizes, and pdata::error
// if the trace cannot be replayed with ample space, or read more than once.
smallest_pool find_smallest_pool(replay_settings settings);

}  // namespace sim::replay
