// Mappings of leaves that are gone, out of older copies of them: likely, never sure.
//
// A leaf is never changed in place: each commit writes another copy, and the copies before it
// stay until their blocks are taken again. What such a copy maps within a hole is likely to be
// what was lost there if the data space map counts its data blocks more often than all that is
// kept maps them. Premises, each by itself:
//  1. A data block that is counted more often than it is mapped was mapped in some hole.
//  2. Of several copies the one that fits best is taken, and others only beyond its keys. One
//     of which more than a quarter cannot be true is too old.
//  3. Data blocks that more virtual blocks claim than references are missing go to none.
//  4. No mapping is younger than the pool: a leaf of another tree has numbers that look so.
// A block may have been freed and given to another virtual block of a hole since: that is why
// it is not certain.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "persistent-data/space-map/count_differences.h"
#include "thin-tools/repair/scan/device_scan.h"
#include "thin-tools/repair/trees/device_trees.h"

namespace thin_tools {

struct kept_part {
  std::span<const pdata::metadata_block> roots;   // of the trees of devices
  std::span<const pdata::metadata_block> leaves;  // that are kept, ascending
  const leaf_census& census;                      // of these
  std::uint32_t latest_time = UINT32_MAX;         // no mapping is younger
};

// `gaps`: stored counts that differ from those of what is kept. Fills holes of the forest;
// returns how many mappings were added to them.
std::uint64_t fill_from_older_leaves(const device_scan& device, const kept_part& kept,
                                     std::span<const pdata::count_difference> gaps,
                                     mapping_forest& forest);

// Takes back what was added to holes of this tree.
void remove_likely(mapping_forest& forest, pdata::metadata_block root);

}  // namespace thin_tools
