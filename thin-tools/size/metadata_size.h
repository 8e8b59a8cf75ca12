// How much metadata a pool may need.
#pragma once

#include <cstdint>
#include <string>

namespace thin_tools {

struct pool_dimensions {
  std::uint64_t block_bytes = 0;  // data block size
  std::uint64_t pool_bytes = 0;   // size of the data device
  std::uint64_t max_thins = 0;    // thin devices and snapshots
};

// The upper estimate of both peers' calculators, by the later one's formula: a
// leaf for every 126 data blocks (half of what a leaf holds), a block for each
// device and one for the superblock, at most what the kernel can use. Metadata
// blocks. Throws error for an impossible shape.
std::uint64_t estimated_metadata_blocks(const pool_dimensions& shape);

}  // namespace thin_tools
