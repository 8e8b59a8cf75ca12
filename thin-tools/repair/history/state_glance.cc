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
constexpr std::uint64_t glance_work = std::uint64_t{1} << 27;  // states times blocks

struct glanced_state {
  metadata_block index;
  stored_counts counts;
};

}  // namespace

bool may_have_later_states(pdata::batch_reader& reader, metadata_block nr_blocks,
                           metadata_block index) {
  const auto own = stored_counts::load(reader, index, nr_blocks);
  if (!own.sound() || !own.anything_known()) return false;
  const auto block = std::make_unique<pdata::block_buffer>();
  const auto is_of = [&](metadata_block b) {
    if (!reader.device().read(b, block->span()).ok()) return block_class::unusable;
    return pdata::summarize(block->view(), b, nr_blocks).is;
  };
  const auto counts_of = [&](metadata_block b) {
    return stored_counts::load(reader, b, nr_blocks);
  };
  // Above: a commit would have begun with the first free block. The states that stand there are
  // older ones, of which a few are looked at.
  std::vector<metadata_block> above;
  for (auto b = index + 1; b < nr_blocks && b <= index + glance_blocks; ++b) {
    if (own.live(b)) continue;
    const auto is = is_of(b);
    if (is == block_class::blank) break;
    if (is == block_class::index) above.push_back(b);
  }
  std::optional<glanced_state> before;
  for (std::size_t i = 0; i < above.size() && i * nr_blocks < glance_work; ++i) {
    auto counts = counts_of(above[i]);
    if (!counts.sound()) return true;
    if (before && !may_follow(before->counts, before->index, counts, above[i], nr_blocks)) {
      // Behind an older pass nothing was taken since: branches.h.
      for (auto b = above[i]; b < nr_blocks; ++b)
        if (own.live(b) && before->counts.get(b) == 0U) return true;
      break;
    }
    if (is_of_another_branch(own, index, counts, above[i])) return true;
    before = {above[i], std::move(counts)};
  }
  if (!above.empty()) {
    const auto counts = counts_of(above.front());
    if (!counts.sound() || may_follow(own, index, counts, above.front(), nr_blocks)) return true;
  }
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
