// A repair plan as binary metadata: leaves are copied in the order in which they
// stand, nodes are written as tree_assembler.h says, the space maps are counted
// anew, and the superblock comes last.
#pragma once

#include "persistent-data/io/block_device.h"
#include "thin-tools/repair/output/repair_plan.h"

namespace thin_tools {

// How many blocks the plan needs on a device of nr_blocks. `source`: see below.
pdata::metadata_block blocks_needed(repair_plan& plan, pdata::batch_reader& source,
                                    pdata::metadata_block nr_blocks);

// Requires that the plan fits; `source` is the device that it was made from.
void write_plan(repair_plan& plan, pdata::batch_reader& source, pdata::block_device& target);

}  // namespace thin_tools
