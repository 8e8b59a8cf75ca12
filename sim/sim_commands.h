// The commands of the simulator, for the multicall binary.
#pragma once

#include <span>

#include "thin-tools/console/command.h"

namespace sim {

std::span<const thin_tools::command> sim_commands();

}  // namespace sim
