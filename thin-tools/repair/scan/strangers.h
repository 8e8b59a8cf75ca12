// Sound blocks that are not of the state in which they stand: an older block whose last
// rewriting was lost or went elsewhere, or a lie. The state's space maps tell. Premises, each by
// itself, of maps whose numbers of free blocks are right:
//  0. What a state names is what it names it as: a node of that tree with keys that belong
//     there, a bitmap with as many free blocks as its index entry says.
//  1. No node of a state names a block that its metadata map calls free, and none is named
//     more often than counted. A node most of whose children are so is of another state; where
//     a few are, those are not what it names.
//  2. No leaf of a state maps a data block that its data map calls free, and none is mapped
//     more often than counted by all leaves that are live. A leaf that has several such mappings
//     is of another state, as a whole: a block is written as a whole.
//  3. A block that is not of its state explains what is too much for others: without one that the
//     map calls free only the block that explains more than twice what any other does.
#pragma once

#include <string>
#include <vector>

#include "thin-tools/repair/pool_view.h"
#include "thin-tools/repair/scan/device_scan.h"

namespace thin_tools {

struct strangers {
  std::vector<pdata::metadata_block> blocks;  // ascending

  std::string describe() const;
};

// Of the superblock's state, whichever is the last one: blocks of its small trees and maps that
// are something else, as far as another block says that it belongs there (`claimed`, ascending).
strangers find_claimed_strangers(const repair_request& input, const device_scan& device,
                                 const pdata::superblock& pool,
                                 const std::vector<pdata::metadata_block>& claimed);

// Of the state that the roots belong to; `claimed` as above. More may show when these are known.
strangers find_strangers(const repair_request& input, const device_scan& device,
                         const chosen_roots& roots,
                         const std::vector<pdata::metadata_block>& claimed);

}  // namespace thin_tools
