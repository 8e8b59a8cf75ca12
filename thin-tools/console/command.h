// A tool of the multicall binary: its syntax and the function that runs it.
//
// run() parses nothing but its own operands and options, calls a library
// function and returns the exit status: 0 or 1, never anything else (LVM2
// takes 2 for "not installed" and goes on unchecked). Errors are thrown:
// run_command() prints them as one line and returns 1.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "thin-tools/console/command_line.h"

namespace thin_tools {

inline constexpr int exit_good = 0;
inline constexpr int exit_bad = 1;

struct command {
  const command_syntax* syntax;
  int (*run)(const command_line&);
  // Commands of the tool, chosen by its first argument; their names in full
  // ("thin_sim run"). run() is what happens without one of them.
  std::span<const command> subcommands = {};
};

// How a failure is told: as a line on standard error, and where the report would have
// been JSON also as such a document (json_report.h).
enum class failure_form : std::uint8_t { line, line_and_json };

// Runs `body` and returns its status once all it printed is written. What it
// throws is printed as one line that begins with `name`, but for a closed pipe,
// which ends it silently; the status is then exit_bad.
int run_guarded(std::string_view name, const std::function<int()>& body,
                failure_form form = failure_form::line);

// Handles -h and -V, usage errors and all that run_guarded does. `arguments` do not
// include the tool's name.
int run_command(const command& tool, std::span<const std::string> arguments);

}  // namespace thin_tools
