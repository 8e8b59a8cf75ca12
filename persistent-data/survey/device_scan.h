// What every block of a metadata device is by its own account: kind by checksum,
// and for tree nodes shape and keys. One pass in disk order on several threads;
// 24 bytes are kept of a block, whatever it holds.
#pragma once

#include <cstdint>
#include <vector>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/ids.h"
#include "persistent-data/btree/tree_graph.h"
#include "persistent-data/io/batch_reader.h"

namespace pdata {

enum class block_class : std::uint8_t {
  unusable,  // cannot be read, no checksum fits, misplaced, or no sound node
  blank,     // zeros
  superblock,
  index,
  bitmap,
  leaf,
  internal,
};

struct block_summary {
  std::uint64_t first_key = 0;  // of nodes with entries
  std::uint64_t last_key = 0;
  std::uint16_t nr_entries = 0;
  std::uint8_t value_size = 0;  // of leaves; 255: larger than any tree's
  block_class is = block_class::unusable;
  // All values of the leaf are blocks of the device: it may map device ids to roots.
  bool names_blocks = false;
  // Checksum and place are right, and yet it is no sound node: no write that was cut off, lost or
  // rotten leaves that.
  bool is_false_node = false;

  bool is_leaf_of(const tree_shape& tree) const {
    return is == block_class::leaf && value_size == tree.value_size;
  }
};

class block_scan {
 public:
  // Reads the blocks below nr_blocks.
  block_scan(batch_reader& reader, metadata_block nr_blocks);

  metadata_block nr_blocks() const { return summaries_.size(); }
  const block_summary& operator[](metadata_block location) const {
    return summaries_[to_size(location)];
  }
  // Ascending.
  std::vector<metadata_block> all_of(block_class wanted) const;

 private:
  std::vector<block_summary> summaries_;
};

block_summary summarize(block_view bytes, metadata_block location, metadata_block nr_blocks);

}  // namespace pdata
