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

// Which data blocks that kept leaves map more often than the data space map counts.
enum class contested : std::uint8_t {
  // All, of a map that contradicts itself nowhere; only those that it calls free where it
  // contradicts much of what is kept.
  counted_too_low,
  free,  // those that it calls free, whether or not it contradicts itself
};

// Some mapping to each of them is wrong. Empty where the map cannot be read as a whole.
std::vector<pdata::data_block> contested_data_blocks(const repair_request& input,
                                                     const pool_view& view, const repair_plan& plan,
                                                     contested which);

// Adds to `unproven` and `losses` of the plan what speaks against all being there: damage in
// the state's own trees, guesses, and each data block that is mapped less or more often
// than the data space map counts. Requires that the plan's leaves are counted.
void close_account(const repair_request& input, const pool_view& view, repair_plan& plan);

}  // namespace thin_tools
