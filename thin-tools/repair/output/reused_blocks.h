// What a state that is not the superblock's has in common with it on the data device: blocks of
// volumes that were deleted are given to others, and the metadata of the older state does not know.
#pragma once

#include "thin-tools/repair/output/repair_plan.h"
#include "thin-tools/repair/pool_view.h"

namespace thin_tools {

// Counts for each device of the plan the mappings to data blocks that the superblock's state maps
// elsewhere: what is there belongs to the younger one of the two. Says that another state than the
// superblock's is taken, and what cannot be known. Does nothing where the superblock is lost or
// leads to the trees that the view has. Requires that the leaves of the plan are listed.
void tell_reused_blocks(const repair_request& input, const pool_view& view, repair_plan& plan);

}  // namespace thin_tools
