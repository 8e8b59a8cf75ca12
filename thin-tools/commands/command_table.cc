#include "thin-tools/commands/command.h"

namespace thin_tools {

std::span<const command> tool_commands() { return {}; }

}  // namespace thin_tools
