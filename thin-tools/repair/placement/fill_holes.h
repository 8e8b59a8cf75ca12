// Fills the holes of mapping trees with subtrees that lost their parents, by the counts of
// the state that the view tells of or by those of the state before, and takes back what
// cannot be.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "thin-tools/repair/history/state_history.h"
#include "thin-tools/repair/pool_view.h"
#include "thin-tools/repair/scan/census.h"
#include "thin-tools/repair/trees/device_trees.h"

namespace thin_tools {

// The trees that a held metadata snapshot names, which may have lost what nobody refers to.
struct snapshot_trees {
  std::vector<pdata::metadata_block> roots;
  std::map<pdata::metadata_block, std::uint64_t> nr_mappings;  // by root
  bool all_known = true;
};
snapshot_trees read_snapshot_trees(const repair_request& input, const chosen_roots& roots);

// `history` may be null. The forest has all trees of the view and of the snapshot, and the
// orphans.
void fill_holes(const repair_request& input, const device_scan& device, const pool_view& view,
                const snapshot_trees& held, std::vector<orphan> orphans,
                const reference_census& census, state_history* history, pool_forest& forest,
                std::vector<std::string>& notes);

// Where the space map is damaged and that of the state before is not: a damaged node that
// both states use has the children in one that it has in the other.
void fill_holes_of_the_past(const repair_request& input, const device_scan& device,
                            const pool_view& view, pool_forest& forest,
                            std::vector<std::string>& notes);

// The leaves of trees, grafts included.
struct kept_leaves {
  std::vector<pdata::metadata_block> locations;  // ascending
  std::vector<pdata::node_index> agreed;         // likewise
  std::size_t nr_read = 0;                       // leaves of the whole forest
};
kept_leaves find_kept_leaves(mapping_forest& forest, std::span<const pdata::metadata_block> roots);

}  // namespace thin_tools
