// The multicall binary of an initramfs: what is needed to bring up a thin pool, or to
// mend one in a rescue shell, and no more.
#include <array>
#include <span>

#include "thin-tools/commands/multicall.h"
#include "thin-tools/commands/tool_commands.h"

int main(int argc, char** argv) {
  const std::array boot_tools{thin_tools::thin_check_command, thin_tools::thin_dump_command,
                              thin_tools::thin_repair_command, thin_tools::thin_restore_command};
  const std::array tables{std::span<const thin_tools::command>(boot_tools)};
  return thin_tools::multicall_main(argc, argv, tables);
}
