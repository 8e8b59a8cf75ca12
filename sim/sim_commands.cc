#include "sim/sim_commands.h"

namespace sim {

std::span<const thin_tools::command> sim_commands() { return {}; }

}  // namespace sim
