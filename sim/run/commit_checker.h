// Checks metadata after every commit, as thin_check does.
#pragma once

#include <optional>
#include <string>

#include "sim/thin/machine.h"

namespace sim {

// A commit that leaves anything but clean metadata throws pdata::error with the
// device and the first thing that is wrong. Blocks that a pool is still filling
// or discarding may be counted without a mapping.
void check_commits(machine& on);

// What is wrong with the metadata of a commit; none if it is clean.
std::optional<std::string> find_problem(device_mapper& on, const commit_notice& commit);

}  // namespace sim
