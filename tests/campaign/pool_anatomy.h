// Which block of a sound pool is what, so that damage can be aimed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "persistent-data/io/block_device.h"

namespace campaign {

enum class organ : std::uint8_t {
  superblock,
  details,
  top_level,
  device_root,
  internal,  // of mapping trees, roots apart
  leaf,      // likewise
  metadata_index,
  metadata_bitmap,
  data_space_map,  // index tree, bitmaps, overflow
};

using pool_anatomy = std::map<organ, std::vector<pdata::metadata_block>>;

// Of the active pool; what only a metadata snapshot holds is left out.
pool_anatomy dissect(pdata::block_device& device);

}  // namespace campaign
