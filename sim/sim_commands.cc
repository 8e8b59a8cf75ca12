#include "sim/sim_commands.h"

#include <fmt/format.h>

#include "sim/commands/explore_command.h"
#include "sim/record/record_command.h"
#include "sim/replay/compare_command.h"
#include "sim/replay/merge_command.h"
#include "sim/replay/replay_command.h"
#include "sim/replay/size_command.h"
#include "sim/run/run_scenario.h"

namespace sim {

namespace {

using thin_tools::command;

constexpr thin_tools::command_syntax syntax{
    .name = "thin_sim",
    .summary = "simulate thin provisioning",
    .operands = "COMMAND ...",
    .options = {},
};

int no_command(const thin_tools::command_line& line) {
  const auto name = line.sole_operand("No command given.");
  throw thin_tools::usage_error(fmt::format("unknown command '{}'", name));
}

}  // namespace

std::span<const command> sim_commands() {
  static const command subcommands[] = {thin_sim_run_command,     thin_sim_replay_command,
                                        thin_sim_explore_command, thin_sim_merge_command,
                                        thin_sim_compare_command, thin_sim_size_command,
                                        thin_sim_record_command};
  static const command commands[] = {{&syntax, no_command, subcommands}};
  return commands;
}

}  // namespace sim
