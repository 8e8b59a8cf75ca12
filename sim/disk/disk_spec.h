// The description of a disk on a command line: FILE (an existing file or block
// device, changed in place), FILE:SIZE (created or resized), mem:SIZE. SIZE is
// as parse_sectors takes it.
#pragma once

#include <memory>
#include <string>

#include "sim/disk/backing.h"

namespace sim {

// Throws pdata::error naming the spec and what is wrong with it. `role`: what a file is
// to whom it is compared with at the gate; no two disks have the same.
std::unique_ptr<backing> open_disk_spec(const std::string& spec, const std::string& role = "disk");

}  // namespace sim
