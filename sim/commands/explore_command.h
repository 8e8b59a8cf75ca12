// thin_sim explore.
#pragma once

#include "thin-tools/console/command.h"

namespace sim {

extern const thin_tools::command thin_sim_explore_command;

}  // namespace sim
