// thin_sim compare: two reports against each other.
#pragma once

#include "thin-tools/console/command.h"

namespace sim {

extern const thin_tools::command thin_sim_compare_command;

}  // namespace sim
