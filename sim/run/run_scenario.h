// thin_sim run: a scenario on simulated devices.
#pragma once

#include "thin-tools/console/command.h"

namespace sim {

extern const thin_tools::command thin_sim_run_command;

}  // namespace sim
