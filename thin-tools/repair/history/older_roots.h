// Roots of an older state that lead to what is left of the pool, where its own trees of
// devices are lost and nothing else tells whose its mapping trees are.
#pragma once

#include <optional>

#include "thin-tools/repair/pool_view.h"
#include "thin-tools/repair/scan/device_scan.h"

namespace thin_tools {

struct older_roots {
  pdata::metadata_block mapping_root = 0;
  pdata::metadata_block details_root = 0;
};

// Of all top level trees on the device the one below which most mappings stand in leaves that
// the last state still uses, if most of what it leads to is; with the superblock's details, or
// the youngest that name the same devices. None: there is none.
std::optional<older_roots> find_older_roots(const repair_request& input, const device_scan& device);

}  // namespace thin_tools
