// The state before the last commit: which one it must be, and its mapping trees.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/space-map/ref_counts.h"
#include "persistent-data/survey/stored_counts.h"
#include "thin-tools/repair/history/candidate_pairs.h"
#include "thin-tools/repair/scan/device_scan.h"
#include "thin-tools/repair/scan/small_trees.h"
#include "thin-tools/repair/trees/device_trees.h"

namespace thin_tools {

// The state of the metadata before its last commit. The kernel takes no block that
// was in use in the last state but one (Linux 6.1 dm-space-map-metadata.c: blocks
// must be free in the committed map and in the new one), so all of it is still on
// disk unless it was damaged, or a transaction was begun since that never ended.
//
// Nothing on disk says which state came before which; this one is believed only if
// it must be the one. Blocks are taken in ascending order from where the commit
// before left off, and each commit writes its index block near the end of what it
// takes. So between the past index block and the last block that the present state
// took there is no other index block, and everything that was free has been written.

// What is known of the last state.
struct present_state {
  pdata::metadata_block index = 0;  // of its metadata space map
  // Blocks that its space map describes; a pool may be smaller than its device.
  pdata::metadata_block nr_blocks = 0;
  std::vector<bool> live;  // in use for certain, by location
  // False if other blocks may be in use, too: the space map is damaged.
  bool all_known = false;
  // Blocks that later states use, if this is not the last one: what they had before
  // is gone.
  std::vector<bool> reused;

  bool was_reused(pdata::metadata_block b) const {
    return b < reused.size() && reused[pdata::to_size(b)];
  }
};

struct past_state {
  pdata::metadata_block index = 0;
  pdata::stored_counts counts;
  root_pair roots;
  top_level top;  // it and the details may have lost what the present state lost
  details_table details;
  // By location: a damaged node may refer to it, too.
  std::vector<bool> orphaned;
};

// None: there is none, or it is not certain, or it is damaged otherwise than in
// blocks that the present state uses, too.
std::optional<past_state> find_past_state(const device_scan& device, const present_state& present);

// The present state where all its counts are known.
present_state present_by_counts(pdata::metadata_block index, pdata::metadata_block nr_blocks,
                                const pdata::stored_counts& counts);

// The mapping trees of the state before the last commit, for questions about what
// came out of what. Copy-on-write makes a device's tree of what it was: each of its
// nodes that is older than the last commit was part of its tree before, or of the
// tree of the device that it is a snapshot of.

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
