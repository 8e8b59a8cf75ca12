// Runs a scenario on a machine.
#pragma once

#include <functional>
#include <string_view>

#include "sim/scenario/script.h"
#include "sim/thin/machine.h"

namespace sim {

struct script_streams {
  std::function<void(std::string_view)> out;
  std::function<void(std::string_view)> messages;
};

// Throws pdata::error, "FILE:LINE: reason", for a command that can never be
// right.
void validate_script(const script& what);

// Validates, then runs every command and returns the exit status of the last
// one. What would wait forever throws pdata::error with file and line.
int run_script(const script& what, machine& on, const script_streams& to);

}  // namespace sim
