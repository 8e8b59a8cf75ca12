// Shell completions, made from the option tables of the commands.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "thin-tools/console/command.h"

namespace thin_tools {

// The shells that completions can be made for.
std::span<const std::string_view> completion_shells();

// A script for one shell, for all tools and their commands. Throws error for an unknown
// shell.
std::string completion_script(std::string_view shell, const std::vector<const command*>& tools);

}  // namespace thin_tools
