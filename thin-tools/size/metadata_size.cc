#include "thin-tools/size/metadata_size.h"

#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "persistent-data/btree/tree_graph.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/superblock.h"

namespace thin_tools {

std::uint64_t estimated_metadata_blocks(const pool_dimensions& shape) {
  constexpr std::uint64_t block_bytes_unit = pdata::data_block_size_min * pdata::sector_bytes;
  constexpr std::uint64_t block_bytes_max = pdata::data_block_size_max * pdata::sector_bytes;
  constexpr std::uint64_t mappings_per_leaf =
      pdata::max_node_entries(pdata::mapping_tree_shape.value_size) / 2;
  if (shape.block_bytes == 0 || shape.block_bytes % block_bytes_unit != 0)
    throw pdata::error("block size must be a multiple of 64 KiB");
  if (shape.block_bytes > block_bytes_max) throw pdata::error("maximum block size is 1 GiB");
  if (shape.pool_bytes < shape.block_bytes)
    throw pdata::error("pool size must be larger than block size");
  const auto leaves = pdata::div_up(shape.pool_bytes / shape.block_bytes, mappings_per_leaf);
  const auto blocks = pdata::checked_add(leaves + 1, shape.max_thins);
  return std::min<std::uint64_t>(blocks.value_or(pdata::max_metadata_blocks),
                                 pdata::max_metadata_blocks);
}

}  // namespace thin_tools
