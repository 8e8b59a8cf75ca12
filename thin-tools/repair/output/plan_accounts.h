// What each device keeps and loses, and the values that were lost with details and
// superblock: the last part of a plan.
#pragma once

#include "persistent-data/base/error.h"
#include "thin-tools/repair/history/past_state.h"
#include "thin-tools/repair/output/repair_plan.h"
#include "thin-tools/repair/owners/device_lineage.h"
#include "thin-tools/repair/pool_view.h"
#include "thin-tools/repair/trees/device_trees.h"

namespace thin_tools {

// How much a report says of single holes: snapshots by the thousand may share a tree
// with holes by the thousand. Counts are exact, however many there are.
// No mapping can be recovered with the roots that were chosen.
class nothing_recovered : public pdata::error {
 public:
  using pdata::error::error;
};

struct listing_limits {
  std::uint64_t nr_ranges = std::uint64_t{1} << 17;  // of all devices together
  std::uint64_t nr_looks = std::uint64_t{1} << 25;   // at slots of nodes, to find them
  static constexpr std::size_t ranges_of_device = 1000;
};

// Devices of which only the past is known, and trees of which no name is known.
void account_for_nameless(const pool_view& view, const past_trees* past,
                          const lineage_match& lineage, mapping_forest& forest,
                          const std::vector<orphan>& orphans, repair_plan& plan);

// Completes a plan that has notes, guesses and losses so far. Throws error where nothing
// can be recovered, or a value is needed that only the user knows.
void complete_plan(const repair_request& input, const device_scan* device, const pool_view& view,
                   pool_forest forest, const past_trees* past, const lineage_match& lineage,
                   repair_plan& plan);

}  // namespace thin_tools
