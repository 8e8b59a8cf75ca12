// Leaves of the two small trees whose parent is gone.
#pragma once

#include <string>
#include <vector>

#include "thin-tools/repair/pool_view.h"
#include "thin-tools/repair/scan/census.h"

namespace thin_tools {

// Adds what they say to the view, where its trees are damaged; `notes` say what.
void regain_small_trees(const repair_request& input, const device_scan& device, pool_view& view,
                        reference_census& census, std::vector<std::string>& notes);

}  // namespace thin_tools
