// The tools that need a terminal library, which not every binary is to have.
#pragma once

#include <span>

#include "thin-tools/console/command.h"

namespace thin_tools {

std::span<const command> terminal_commands();

}  // namespace thin_tools
