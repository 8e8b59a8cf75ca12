// The mapping trees of the state before the last commit, for questions about what
// came out of what. Copy-on-write makes a device's tree of what it was: each of its
// nodes that is older than the last commit was part of its tree before, or of the
// tree of the device that it is a snapshot of.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "persistent-data/space-map/ref_counts.h"
#include "thin-tools/repair/trees/device_trees.h"
#include "thin-tools/repair/history/past_state.h"

namespace thin_tools {

enum class past_answer : std::uint8_t { no, yes, unknown };

// Whether the tree at `root` has the node at `location`, good or bad, where `key`
// leads to. Unknown: the way there is damaged.
past_answer tree_contains(const mapping_forest& forest, pdata::metadata_block root,
                          std::uint64_t key, pdata::metadata_block location);

class past_trees {
 public:
  // Mappings to data blocks from `nr_data_blocks` on are ignored.
  past_trees(pdata::batch_reader& reader, pdata::metadata_block nr_blocks,
             std::uint64_t nr_data_blocks, const past_state& state);

  // True if the trees are whole but for blocks that the present state uses, or may use, as well,
  // and the whole ones have as many mappings as the details say.
  bool believable(const present_state& present, const pdata::block_scan& scan);

  const past_state& state() const { return state_; }
  bool had(pdata::device_id device) const { return state_.top.roots.contains(device); }
  bool live(pdata::metadata_block b) const { return state_.counts.live(b); }

  // Whether the tree of a device had the node at `location`, which has `key`.
  past_answer contains(pdata::device_id device, std::uint64_t key,
                       pdata::metadata_block location) const {
    return tree_contains(forest_, state_.top.roots.at(device), key, location);
  }
  // Whether a device had exactly this mapping.
  past_answer maps(pdata::device_id device, std::uint64_t key, std::uint64_t value) const;
  // True if some device mapped the data block; the last commit cannot have given
  // it to another one.
  bool data_block_in_use(pdata::data_block b) const;
  // The least that the pool's time can have been.
  std::uint32_t newest_time() const { return newest_time_; }

 private:
  struct cached_leaf {
    pdata::metadata_block location = 0;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> entries;
  };

  const cached_leaf& leaf_at(pdata::metadata_block location) const;

  pdata::batch_reader& reader_;
  const past_state& state_;
  pdata::ref_counts data_blocks_;
  mapping_forest forest_;
  std::uint32_t newest_time_ = 0;
  mutable cached_leaf cached_;
};

}  // namespace thin_tools
