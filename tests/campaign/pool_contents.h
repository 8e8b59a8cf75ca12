// What a pool maps, for comparing a repaired pool with the one it was.
#pragma once

#include <map>
#include <vector>

#include "persistent-data/format/mapping_value.h"
#include "persistent-data/io/block_device.h"

namespace campaign {

using device_mappings = std::map<pdata::thin_block, pdata::mapping>;
using pool_contents = std::map<pdata::device_id, device_mappings>;

// Reads what can be read. An unreadable superblock: nothing.
pool_contents read_contents(pdata::block_device& device);

// In which leaf each mapping of a sound pool stands.
class leaf_index {
 public:
  explicit leaf_index(pdata::block_device& device);

  pdata::metadata_block leaf_of(pdata::device_id id, pdata::thin_block block) const;

 private:
  std::map<pdata::device_id, std::map<pdata::thin_block, pdata::metadata_block>> first_blocks_;
};

struct comparison {
  std::uint64_t nr_right = 0;
  std::uint64_t nr_wrong = 0;  // mapped to something else, or mapped where nothing was
  std::uint64_t nr_lost = 0;   // though it is still on disk
  std::uint64_t nr_gone = 0;   // with the leaf that held it

  comparison& operator+=(const comparison& more) {
    nr_right += more.nr_right;
    nr_wrong += more.nr_wrong;
    nr_lost += more.nr_lost;
    nr_gone += more.nr_gone;
    return *this;
  }
};

// `hit`: the damaged blocks.
comparison compare(const pool_contents& truth, const leaf_index& leaves,
                   const std::vector<pdata::metadata_block>& hit, const pool_contents& found);

}  // namespace campaign
