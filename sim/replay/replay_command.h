// thin_sim replay: block traces through a pool.
#pragma once

#include "thin-tools/console/command.h"

namespace sim {

extern const thin_tools::command thin_sim_replay_command;

}  // namespace sim
