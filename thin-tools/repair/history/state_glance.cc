#include <algorithm>
#include <memory>
#include <optional>

#include "thin-tools/repair/history/state_ring.h"

namespace thin_tools {

using pdata::block_class;
using pdata::metadata_block;
using pdata::stored_counts;

namespace {

// How far from where a commit would begin the next one is looked for without need.
constexpr metadata_block glance_blocks = 4096;

struct glanced_state {
  metadata_block index;
  stored_counts counts;
};

}  // namespace

bool may_have_later_states(pdata::batch_reader& reader, metadata_block nr_blocks,
                           metadata_block index) {
  const auto own = stored_counts::load(reader, index, nr_blocks);
  if (!own.sound() || !own.anything_known()) return true;
  const auto block = std::make_unique<pdata::block_buffer>();
  const auto is_of = [&](metadata_block b) {
    if (!reader.device().read(b, block->span()).ok()) return block_class::unusable;
    return pdata::summarize(block->view(), b, nr_blocks).is;
  };
  const auto counts_of = [&](metadata_block b) {
    return stored_counts::load(reader, b, nr_blocks);
  };
  // Above: what is there is of older passes, of later commits or of another machine.
  for (auto b = index + 1; b < nr_blocks && b <= index + glance_blocks; ++b)
    if (!own.live(b) && is_of(b) == block_class::index) return true;
  // Below: all states are of the pass that ended with this one.
  if (index > glance_blocks) return false;
  std::optional<glanced_state> below;
  for (metadata_block b = 1; b <= index; ++b) {
    if (b != index && (own.live(b) || is_of(b) != block_class::index)) continue;
    auto counts = b == index ? own : counts_of(b);
    if (!counts.sound() || !counts.anything_known()) continue;
    if (below && !may_follow(below->counts, below->index, counts, b, nr_blocks)) return true;
    below = {b, std::move(counts)};
  }
  return false;
}

}  // namespace thin_tools
