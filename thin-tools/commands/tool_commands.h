// The commands of thin-tools/, one file each.
#pragma once

#include <span>

#include "thin-tools/console/command.h"

namespace thin_tools {

// All of them, in the order of tools.list.
std::span<const command> tool_commands();

extern const command thin_check_command;
extern const command thin_delta_command;
extern const command thin_dump_command;
extern const command thin_extract_command;
extern const command thin_generate_damage_command;
extern const command thin_generate_metadata_command;
extern const command thin_ll_dump_command;
extern const command thin_ll_restore_command;
extern const command thin_ls_command;
extern const command thin_metadata_pack_command;
extern const command thin_metadata_size_command;
extern const command thin_metadata_unpack_command;
extern const command thin_migrate_command;
extern const command thin_nbd_command;
extern const command thin_receive_command;
extern const command thin_repair_command;
extern const command thin_report_command;
extern const command thin_restore_command;
extern const command thin_rmap_command;
extern const command thin_scan_command;
extern const command thin_send_command;
extern const command thin_shrink_command;
extern const command thin_stat_command;
extern const command thin_trim_command;

}  // namespace thin_tools
