#include <vector>

#include "thin-tools/commands/tool_commands.h"

namespace thin_tools {

std::span<const command> tool_commands() {
  static const std::vector<command> table{
      thin_check_command,
      thin_delta_command,
      thin_dump_command,
      thin_extract_command,
      thin_generate_damage_command,
      thin_generate_metadata_command,
      thin_ll_dump_command,
      thin_ll_restore_command,
      thin_ls_command,
      thin_metadata_pack_command,
      thin_metadata_size_command,
      thin_metadata_unpack_command,
      thin_migrate_command,
      thin_nbd_command,
      thin_receive_command,
      thin_repair_command,
      thin_report_command,
      thin_restore_command,
      thin_rmap_command,
      thin_scan_command,
      thin_send_command,
      thin_shrink_command,
      thin_stat_command,
      thin_trim_command,
  };
  return table;
}

}  // namespace thin_tools
