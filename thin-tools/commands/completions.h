// Shell completions, made from the option tables of the commands.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "thin-tools/console/command_line.h"

namespace thin_tools {

// The shells that completions can be made for.
std::span<const std::string_view> completion_shells();

// A script for one shell, for all commands. Throws error for an unknown shell.
std::string completion_script(std::string_view shell,
                              const std::vector<const command_syntax*>& commands);

}  // namespace thin_tools
