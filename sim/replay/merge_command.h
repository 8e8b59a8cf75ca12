// thin_sim merge: the JSON reports of several replays as one.
#pragma once

#include "thin-tools/console/command.h"

namespace sim {

extern const thin_tools::command thin_sim_merge_command;

}  // namespace sim
