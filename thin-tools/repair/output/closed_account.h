// Whether what a plan keeps is all that there was, by what the chosen state says of it.
#pragma once

#include <vector>

#include "persistent-data/space-map/count_differences.h"
#include "thin-tools/repair/output/repair_plan.h"
#include "thin-tools/repair/pool_view.h"

namespace thin_tools {

// Data blocks that are counted otherwise than they are mapped. None where the map cannot
// be read.
std::vector<pdata::count_difference> count_gaps(const repair_request& input, const pool_view& view,
                                                const repair_plan& plan);

// Data blocks that kept leaves map more often than the data space map counts: some mapping
// to each of them is wrong. Empty where the map cannot be read as a whole, contradicts itself
// or contradicts most of what is kept. `free_only`: only those that it calls free, whether or not
// it contradicts itself.
std::vector<pdata::data_block> contested_data_blocks(const repair_request& input,
                                                     const pool_view& view, const repair_plan& plan,
                                                     bool free_only);

// Adds to `unproven` and `losses` of the plan what speaks against all being there: damage in
// the state's own trees, guesses, and each data block that is mapped less or more often
// than the data space map counts. Requires that the plan's leaves are counted.
void close_account(const repair_request& input, const pool_view& view, repair_plan& plan);

}  // namespace thin_tools
