// Checks metadata after every commit, as thin_check does.
#pragma once

#include "sim/target/machine.h"

namespace sim {

// A commit that leaves anything but clean metadata throws pdata::error with the
// device and the first thing that is wrong. Blocks that a pool is still filling
// or discarding may be counted without a mapping.
void check_commits(machine& on);

}  // namespace sim
