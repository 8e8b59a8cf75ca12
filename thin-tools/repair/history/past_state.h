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
#pragma once

#include <optional>

#include "persistent-data/survey/stored_counts.h"
#include "thin-tools/repair/evidence/evidence.h"
#include "thin-tools/repair/evidence/pool_trees.h"
#include "thin-tools/repair/history/candidate_pairs.h"

namespace thin_tools {

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

  bool was_reused(pdata::metadata_block b) const { return b < reused.size() && reused[b]; }
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
std::optional<past_state> find_past_state(const evidence& device, const present_state& present);

// The present state where all its counts are known.
present_state present_by_counts(pdata::metadata_block index, pdata::metadata_block nr_blocks,
                                const pdata::stored_counts& counts);

}  // namespace thin_tools
