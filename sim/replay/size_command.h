// thin_sim size: the smallest pool for a trace.
#pragma once

#include "thin-tools/console/command.h"

namespace sim {

extern const thin_tools::command thin_sim_size_command;

}  // namespace sim
