#include <unistd.h>

#include <algorithm>

#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/stream/pool_reader.h"
#include "persistent-data/survey/small_trees.h"
#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/console/damage_printer.h"
#include "thin-tools/console/output.h"
#include "thin-tools/console/peer_options.h"
#include "thin-tools/files/full_metadata.h"
#include "thin-tools/files/lvm_names.h"
#include "thin-tools/files/mapping_fingerprint.h"
#include "thin-tools/files/opened_pool.h"
#include "thin-tools/ls/group_usage.h"
#include "thin-tools/ls/listing.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    {'o', "format", argument::required, "FIELDS",
     "comma list of: DEV, TRANSACTION, CREATE_TIME, SNAP_TIME; MAPPED, EXCLUSIVE, SHARED, also "
     "with _BLOCKS, _SECTORS, _BYTES; HIGHEST_MAPPED, HIGHEST_BLOCK, HIGHEST_SECTOR, "
     "HIGHEST_BYTE; FINGERPRINT; with --lvm NAME, SIZE, SIZE_SECTORS, SIZE_BYTES",
     false,
     ",DEV MAPPED EXCLUSIVE SHARED HIGHEST_MAPPED MAPPED_BLOCKS EXCLUSIVE_BLOCKS SHARED_BLOCKS "
     "HIGHEST_BLOCK MAPPED_SECTORS EXCLUSIVE_SECTORS SHARED_SECTORS HIGHEST_SECTOR MAPPED_BYTES "
     "EXCLUSIVE_BYTES SHARED_BYTES HIGHEST_BYTE TRANSACTION CREATE_TIME SNAP_TIME "
     "FINGERPRINT NAME SIZE SIZE_SECTORS SIZE_BYTES"},
    {0, "no-headers", argument::none, "", "leave out the line of field names"},
    {'m', "metadata-snap", argument::optional, "BLOCK", "list the metadata snapshot's devices"},
    lvm_row,
    {0, "group", argument::required, "DEV[,DEV...]",
     "instead of a list: what deleting all of these would free (may be repeated)"},
    {0, "json", argument::none, "", "write JSON"},
    verbose_row,
    io_engine_row,
};
constexpr command_syntax syntax{"thin_ls", "List the thin devices of a pool.", "{device|file}",
                                options};

constexpr const char* default_fields = "DEV,MAPPED,CREATE_TIME,SNAP_TIME";
constexpr const char* default_fields_with_names = "DEV,NAME,SIZE,MAPPED,CREATE_TIME,SNAP_TIME";
constexpr const char* damage_remark = "metadata contains errors (run thin_check for details).\n";

bool needs(const listing& wanted, source from) {
  return std::ranges::find(wanted.fields, from, &ls_field::from) != wanted.fields.end();
}

std::vector<device_group> parse_groups(const command_line& line, const device_names& names) {
  std::vector<device_group> groups;
  for (std::string_view list : line.values("group")) {
    auto& group = groups.emplace_back();
    while (!list.empty()) {
      const auto text = list.substr(0, list.find(','));
      list.remove_prefix(std::min(list.size(), text.size() + 1));
      if (!text.empty()) group.insert(names.id_of("group", text));
    }
    if (group.empty()) throw usage_error("--group names no device");
  }
  if (groups.size() > groups_max)
    throw usage_error("--group can be given " + std::to_string(groups_max) + " times at most");
  return groups;
}

int list_groups(opened_pool& pool, const std::vector<device_group>& groups,
                const command_line& line, pdata::damage_sink& findings) {
  const auto found = find_group_usage(pool.reader, pool.layout, groups, findings);
  if (!found) {
    print(stderr, damage_remark);
    return exit_bad;
  }
  const bool held = pool.layout.active.held_root != 0;
  const group_listing how{.sectors_per_block = pool.layout.chosen().data_block_size,
                          .headers = !line.has("no-headers"),
                          .snapshot_held = held};
  descriptor_sink sink(STDOUT_FILENO, "standard output");
  if (line.has("json"))
    write_json(*found, how, sink);
  else
    write_table(*found, how, sink);
  if (held && !line.has("json"))
    print(stderr, "a metadata snapshot is held: what it uses is free only when it is released\n");
  return exit_good;
}

void add_names(pool_usage& usage, const device_names& names) {
  for (auto& row : usage.devices)
    if (const auto* volume = names.pool().find(row.device)) {
      row.name = volume->name;
      row.volume_sectors = volume->sectors;
    }
}

void add_fingerprints(pool_usage& usage, opened_pool& pool, pdata::damage_sink& findings) {
  pdata::silent_sink told_already;
  const auto found =
      find_fingerprints(pool.reader, pool.layout,
                        usage.damaged ? static_cast<pdata::damage_sink&>(told_already) : findings);
  for (auto& row : usage.devices) {
    const auto value = found.find(row.device);
    if (value != found.end())
      row.fingerprint = value->second.hex();
    else
      usage.damaged = true;
  }
}

// What the backup says beside the devices; the remarks, for standard error.
std::string compare_with_lvm(listing& wanted, opened_pool& pool, const device_names& names) {
  pdata::silent_sink told_already;
  const auto details = pdata::read_details(pool.reader, pool.layout, told_already);
  if (details.damaged()) return "";
  const auto header = pdata::describe_superblock(pool.layout.chosen());
  const auto found = names.compare(header, details.devices);
  wanted.more_members = lvm_json(names, found);
  return lvm_remarks(names, found, header);
}

int run(const command_line& line) {
  const device_names names(line);
  listing wanted;
  wanted.fields = parse_fields(
      line.value("format").value_or(names.known() ? default_fields_with_names : default_fields));
  if (needs(wanted, source::names) && !names.known())
    throw usage_error("names and sizes of volumes need --lvm");
  wanted.headers = !line.has("no-headers");
  const auto groups = parse_groups(line, names);
  if (!groups.empty() && line.has("format"))
    throw usage_error("--group cannot be used together with --format");
  const auto input = line.sole_operand();
  const pdata::layout_options trees{.from_snapshot = line.has("metadata-snap"),
                                    .snapshot_location = line.number("metadata-snap")};

  damage_printer findings(trees.view(), message_length(line));
  opened_pool pool(input, trees, findings);
  if (!groups.empty()) return list_groups(pool, groups, line, findings);
  wanted.sectors_per_block = pool.layout.chosen().data_block_size;
  wanted.metadata = pdata::usage_of(pool.layout.active);
  auto usage = find_usage(
      pool.reader, pool.layout,
      needs(wanted, source::mappings) ? usage_depth::mappings : usage_depth::details, findings);
  std::string remarks;
  if (names.known()) {
    add_names(usage, names);
    remarks = compare_with_lvm(wanted, pool, names);
  }
  if (needs(wanted, source::fingerprints)) add_fingerprints(usage, pool, findings);
  descriptor_sink sink(STDOUT_FILENO, "standard output");
  if (line.has("json"))
    write_json(usage, wanted, sink);
  else
    write_table(usage, wanted, sink);
  print(stderr, full_remark(wanted.metadata) + remarks);
  if (!usage.damaged) return exit_good;
  print(stderr, damage_remark);
  return exit_bad;
}

}  // namespace

const command thin_ls_command{&syntax, run};

}  // namespace thin_tools
