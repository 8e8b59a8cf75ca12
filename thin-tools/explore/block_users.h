// Who maps a data block: every entry of every device's mapping tree that names it.
#pragma once

#include <vector>

#include "thin-tools/explore/pool_source.h"

namespace thin_tools::explore {

struct block_user {
  pdata::device_id device = 0;
  pdata::thin_block thin = 0;
  std::uint32_t time = 0;
  pdata::metadata_block leaf = 0;
};

struct block_users {
  static constexpr std::size_t listed_max = 100'000;

  std::vector<block_user> list;  // by device, then virtual block; the first ones
  std::uint64_t count = 0;       // of all
  std::uint64_t entries = 0;     // of leaves, which devices may share
  bool complete = true;          // all mapping trees could be read
};

// Reads every leaf once, in disk order. Throws pool_source::stopped, sharing_too_complex.
block_users find_users(pool_source& pool, view of, pdata::data_block block);

}  // namespace thin_tools::explore
