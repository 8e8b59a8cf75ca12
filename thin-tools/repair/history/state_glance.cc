#include <memory>

#include "thin-tools/repair/history/state_ring.h"

namespace thin_tools {

using pdata::block_class;
using pdata::metadata_block;
using pdata::stored_counts;

namespace {

// How many blocks of a region are looked at without need.
constexpr metadata_block glance_blocks = 4096;

}  // namespace

bool may_have_other_states(pdata::batch_reader& reader, metadata_block nr_blocks,
                           metadata_block index) {
  const auto own = stored_counts::load(reader, index, nr_blocks);
  if (!own.sound() || !own.anything_known()) return true;
  const auto block = std::make_unique<pdata::block_buffer>();
  const auto has_index_in = [&](metadata_block begin, metadata_block end) {
    metadata_block nr_left = glance_blocks;
    for (auto b = begin; b < end && nr_left > 0; ++b) {
      if (own.live(b)) continue;
      --nr_left;
      if (reader.device().read(b, block->span()).ok() &&
          pdata::summarize(block->view(), b, nr_blocks).is == block_class::index)
        return true;
    }
    return false;
  };
  // Above, where later commits stand; and from the first block on, where those of a machine that
  // opened the pool do.
  return has_index_in(index + 1, nr_blocks) || has_index_in(1, index);
}

}  // namespace thin_tools
