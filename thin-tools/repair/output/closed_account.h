// Whether what a plan keeps is all that there was, by what the chosen state says of it.
#pragma once

#include <vector>

#include "persistent-data/space-map/count_differences.h"
#include "thin-tools/repair/output/repair_plan.h"
#include "thin-tools/repair/pool_view.h"

namespace thin_tools {

// Data blocks that kept leaves map and that the data space map calls free; empty where it
// cannot be read as a whole.
// Data blocks that are counted otherwise than they are mapped. None where the map cannot
// be read.
std::vector<pdata::count_difference> count_gaps(const repair_request& input, const pool_view& view,
                                                const repair_plan& plan);

std::vector<pdata::data_block> free_but_mapped(const repair_request& input, const pool_view& view,
                                               repair_plan& plan);

// Adds to `unproven` and `losses` of the plan what speaks against all being there: damage in
// the state's own trees, guesses, and each data block that is mapped less or more often
// than the data space map counts. Requires that the plan's leaves are counted.
void close_account(const repair_request& input, const pool_view& view, repair_plan& plan);

}  // namespace thin_tools
