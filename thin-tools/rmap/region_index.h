// Where blocks lie in the regions that are asked for, and in which part: the
// regions, laid end to end, are cut into parts of equal size.
#pragma once

#include <span>
#include <vector>

#include "thin-tools/rmap/region.h"

namespace thin_tools {

// A region and how many blocks the regions before it have.
struct placed_region {
  region blocks;
  std::uint64_t position = 0;

  bool holds(pdata::data_block block) const { return block >= blocks.begin && block < blocks.end; }
};

class region_index {
 public:
  // Requires joined regions. What no mapping can name is left out.
  explicit region_index(std::span<const region> regions);

  std::size_t nr_parts() const { return nr_parts_; }
  // The region that holds the block; null if there is none.
  const placed_region* find(pdata::data_block block) const {
    return block >= all_.begin && block < all_.end ? find_among_all(block) : nullptr;
  }
  // Of a block in a region; never falls with the block.
  std::size_t part_of(const placed_region& in, pdata::data_block block) const {
    return static_cast<std::size_t>((in.position + (block - in.blocks.begin)) >> part_bits_);
  }

 private:
  const placed_region* find_among_all(pdata::data_block block) const;

  std::vector<placed_region> regions_;
  region all_;  // from the first to the last
  std::size_t nr_parts_ = 0;
  int part_bits_ = 0;
};

}  // namespace thin_tools
