// The multicall binary with every tool: the only file that sees the tools and the
// simulator.
#include <array>

#include "sim/sim_commands.h"
#include "thin-tools/commands/multicall.h"
#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/terminal/terminal_commands.h"

int main(int argc, char** argv) {
  const std::array tables{thin_tools::tool_commands(), thin_tools::terminal_commands(),
                          sim::sim_commands()};
  return thin_tools::multicall_main(argc, argv, tables);
}
