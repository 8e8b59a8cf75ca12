// Which device a tree without a name belongs to, by the state before the last
// commit: a tree that is older than the commit belongs to a device that had it, a
// younger one to the device out of whose tree it was made.
//
// The pool commits after each message (Linux 6.1 dm-thin.c): at most one device was
// created or deleted since.
#pragma once

#include <map>
#include <vector>

#include <string>
#include "thin-tools/repair/history/past_state.h"
#include "thin-tools/repair/placement/hole_filler.h"
#include "thin-tools/repair/placement/matching.h"
#include "thin-tools/repair/pool_view.h"

namespace thin_tools {

// What is known of the devices whose trees were lost.
struct nameless_trees {
  std::vector<orphan> trees;               // that may be a device's
  std::vector<pdata::device_id> ids;       // of devices that have lost theirs, or may have
  const details_table* details = nullptr;  // of the present state; none: lost in part at least
  bool all_whole = false;                  // no block is damaged that may be a device's tree
  bool snapshot_possible = true;           // one may have been made by the last commit
};

struct lineage_match {
  std::map<pdata::device_id, pdata::metadata_block> roots;
  std::vector<pdata::device_id> deleted;  // by the last commit
  bool complete = false;                  // each tree has its devices, each device its tree
};

lineage_match match_by_lineage(mapping_forest& forest, pdata::batch_reader& reader,
                               const past_trees& past, const nameless_trees& lost);

// Gives devices the trees that must be theirs by the state before the last commit. Devices
// that the last commit deleted are told in `notes`.
lineage_match regain_by_lineage(const repair_request& input, const device_scan& device,
                                const past_trees& past, pool_view& view, mapping_forest& forest,
                                const std::vector<orphan>& orphans,
                                std::vector<std::string>& notes);

// Each snapshot moves the pool's time on: true if one may have been made since.
bool snapshot_possible(const chosen_roots& roots, const past_trees& past);

// Devices that may have lost their trees; `past` may be null if the details are whole.
std::vector<pdata::device_id> ids_without_trees(const pool_view& view, const past_trees* past);

// True if every device has its tree.
bool all_trees_named(const pool_view& view, const lineage_match& lineage);

}  // namespace thin_tools
