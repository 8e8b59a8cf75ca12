// Which states are named to choose from where there are too many of them.
#pragma once

#include <vector>

#include "thin-tools/repair/scan/device_scan.h"

namespace thin_tools {

// So many: each stands in memory with all its counts.
std::size_t named_states_max(pdata::metadata_block nr_blocks);

// `states`: index blocks, the first `nr_possible` are those that may have been the last state. The
// first one stays. If there are more than can be named, those that may have been the last are put
// in order, or the others if all of the former can be named: what was written over comes last, of
// the rest those come first whose devices have the highest transaction ids and times.
void name_youngest_first(const device_scan& device, std::size_t nr_possible,
                         std::vector<pdata::metadata_block>& states);

}  // namespace thin_tools
