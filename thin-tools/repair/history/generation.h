// States of the metadata that are still on disk, found without the superblock.
// Copy-on-write leaves the state before the last commit whole, and often parts
// of older ones; each has its own metadata space map, and what that map calls
// live hangs together: the nodes that nobody refers to are the roots.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "persistent-data/survey/stored_counts.h"
#include "thin-tools/repair/evidence/evidence.h"

namespace thin_tools {

struct generation {
  pdata::metadata_block index = 0;  // the index block of its metadata space map
  pdata::stored_counts counts;
  // Live nodes without a parent, ascending. Damage may add to them.
  std::vector<pdata::metadata_block> details_roots;
  std::vector<pdata::metadata_block> mapping_roots;  // top level trees, or what may be one
  std::vector<pdata::metadata_block> snapshots;      // superblocks of held metadata snapshots
  // By the details, as far as they can be read.
  std::map<pdata::device_id, std::uint64_t> mapped_blocks;
  std::uint32_t newest_time = 0;
  std::uint64_t newest_transaction = 0;

  explicit generation(pdata::stored_counts from) : counts(std::move(from)) {}
};

// The state that a space map describes, if it contradicts nothing.
std::optional<generation> classify(const evidence& device, pdata::metadata_block index,
                                   pdata::stored_counts counts);

// How far above the index block of a state what the next commit wrote is looked for.
constexpr pdata::metadata_block commit_blocks_max = 256;

// True if damage stands where the index or the bitmaps of a younger state would
// have been.
bool damaged_above(const pdata::block_scan& scan, const generation& state);

// The states that may be the last one: whole, and not followed by a younger one.
// More than one: what is on the device does not tell.
struct newest_generations {
  std::vector<generation> candidates;
  std::size_t nr_whole = 0;      // states that were looked at
  bool younger_damaged = false;  // there may have been a younger one
};
newest_generations find_newest_generations(const evidence& device);

}  // namespace thin_tools
