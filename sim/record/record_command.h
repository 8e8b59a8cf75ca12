// thin_sim record: a block trace of devices of this machine.
#pragma once

#include "thin-tools/console/command.h"

namespace sim {

extern const thin_tools::command thin_sim_record_command;

}  // namespace sim
