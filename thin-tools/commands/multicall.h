// A binary that is many tools: the one that runs is chosen by the name that the
// binary is called by, or by its first argument.
#pragma once

#include <span>

#include "thin-tools/console/command.h"

namespace thin_tools {

using command_tables = std::span<const std::span<const command>>;

// The whole of main(): returns the exit status, 0 or 1.
int multicall_main(int argc, char** argv, command_tables tables);

}  // namespace thin_tools
