#include "thin-tools/nbd/server_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "persistent-data/base/error.h"
#include "thin-tools/console/command_line.h"

namespace thin_tools {

using pdata::error;

const char* const parameter_help =
    "metadata=FILE       (required) metadata device or file of the pool\n"
    "data=FILE           (required) data device or file of the pool\n"
    "dev=ID              serve this thin device; may be repeated (default: all)\n"
    "lvm=FILE[:VG/POOL]  an LVM2 backup with names and sizes of the devices\n"
    "name=NAME           serve the device of this name; may be repeated\n"
    "size=SIZE           size of the device that came last\n"
    "origin=FILE         external origin of the device that came last\n"
    "snapshot=yes|BLOCK  as the metadata snapshot has it; the pool may be active\n"
    "repaired=yes        from damaged metadata, by a repair that is made in memory\n"
    "lost=error|zeroes   what reading something that is lost does (default: error)\n"
    "data-block-size=N, nr-data-blocks=N, mapping-root=N, details-root=N, take-best=yes\n"
    "                    for the repair, as in thin_repair(8)";

namespace {

[[noreturn]] void refuse(const parameter& given, std::string_view wanted) {
  throw error(fmt::format("invalid value '{}' for '{}': {}", given.second, given.first, wanted));
}

std::uint64_t number_of(const parameter& given, std::uint64_t max = UINT64_MAX) {
  const auto number = parse_number(given.second, max);
  if (!number) refuse(given, "a number is expected");
  return *number;
}

bool flag_of(const parameter& given) {
  constexpr std::array<std::string_view, 4> yes{"yes", "true", "on", "1"};
  constexpr std::array<std::string_view, 4> no{"no", "false", "off", "0"};
  if (std::ranges::find(yes, given.second) != yes.end()) return true;
  if (std::ranges::find(no, given.second) != no.end()) return false;
  refuse(given, "yes or no is expected");
}

void name_file(const parameter& given, std::string& to) {
  if (given.second.empty()) refuse(given, "a file is expected");
  if (!to.empty()) throw error(fmt::format("'{}' is given twice", given.first));
  to = given.second;
}

export_request& last_export(server_settings& settings, const parameter& given) {
  if (settings.exports.empty())
    throw error(fmt::format("'{}' belongs to a device, which comes before it", given.first));
  return settings.exports.back();
}

void add_export(server_settings& settings, const parameter& given) {
  export_request added;
  if (given.first == "dev")
    added.device = number_of(given);
  else if (given.second.empty())
    refuse(given, "a name is expected");
  else
    added.name = given.second;
  const auto same = std::ranges::find_if(settings.exports, [&](const export_request& other) {
    return other.device == added.device && other.name == added.name;
  });
  if (same != settings.exports.end())
    throw error(fmt::format("device {} is named twice", given.second));
  settings.exports.push_back(std::move(added));
}

// A number is a block, also where it could be a flag.
void choose_snapshot(pool_request& pool, const parameter& given) {
  if (const auto block = parse_number(given.second)) {
    pool.from_snapshot = true;
    pool.snapshot_location = block;
  } else {
    pool.from_snapshot = flag_of(given);
    pool.snapshot_location.reset();
  }
}

lost_reads lost_of(const parameter& given) {
  if (given.second == "error") return lost_reads::error;
  if (given.second == "zeroes") return lost_reads::zeroes;
  refuse(given, "error and zeroes are known");
}

bool set_for_repair(repair_options& repair, const parameter& given) {
  const auto& key = given.first;
  if (key == "data-block-size") {
    repair.data_block_size = number_of(given, UINT32_MAX);
    if (!pdata::valid_data_block_size(*repair.data_block_size))
      refuse(given,
             fmt::format("a multiple of {} from {} to {} is expected", pdata::data_block_size_min,
                         pdata::data_block_size_min, pdata::data_block_size_max));
  } else if (key == "nr-data-blocks") {
    repair.nr_data_blocks = number_of(given);
  } else if (key == "mapping-root") {
    repair.mapping_root = number_of(given);
  } else if (key == "details-root") {
    repair.details_root = number_of(given);
  } else if (key == "take-best") {
    repair.take_best = flag_of(given);
  } else {
    return false;
  }
  return true;
}

bool asks_for_repair(const repair_options& repair) {
  return repair.data_block_size || repair.nr_data_blocks || repair.mapping_root ||
         repair.details_root || repair.take_best;
}

}  // namespace

void set_parameter(
    server_settings& settings, const parameter& given,
    const std::function<std::optional<std::uint64_t>(const std::string&)>& parse_size) {
  const auto& key = given.first;
  if (key == "metadata") {
    name_file(given, settings.pool.metadata);
  } else if (key == "data") {
    name_file(given, settings.data);
  } else if (key == "lvm") {
    name_file(given, settings.lvm);
  } else if (key == "dev" || key == "name") {
    add_export(settings, given);
  } else if (key == "size") {
    auto& to = last_export(settings, given).size_bytes;
    to = parse_size(given.second);
    if (!to || *to > INT64_MAX) refuse(given, "a size is expected");
  } else if (key == "origin") {
    if (given.second.empty()) refuse(given, "a file is expected");
    last_export(settings, given).origin = given.second;
  } else if (key == "snapshot") {
    choose_snapshot(settings.pool, given);
  } else if (key == "repaired") {
    settings.pool.damaged = flag_of(given) ? damage_handling::repair : damage_handling::refuse;
  } else if (key == "lost") {
    settings.lost = lost_of(given);
  } else if (!set_for_repair(settings.pool.repair, given)) {
    throw error(fmt::format("unknown parameter '{}'", key));
  }
}

bool names_file(const std::string& key) {
  return key == "metadata" || key == "data" || key == "origin" || key == "lvm";
}

void expect_complete(const server_settings& settings) {
  if (settings.pool.metadata.empty()) throw error("no metadata device is given (metadata=FILE)");
  if (settings.data.empty()) throw error("no data device is given (data=FILE)");
  for (const auto& each : settings.exports)
    if (!each.device && settings.lvm.empty())
      throw error(fmt::format("no LVM backup is given that says which device '{}' is (lvm=FILE)",
                              each.name));
  const bool repairs =
      settings.pool.damaged == damage_handling::repair && !settings.pool.from_snapshot;
  if (asks_for_repair(settings.pool.repair) && !repairs)
    throw error("values for a repair are given, and none is asked for (repaired=yes)");
}

std::vector<parameter> parameters_of(const server_settings& settings) {
  std::vector<parameter> list;
  const auto& pool = settings.pool;
  const auto put_number = [&](const char* key, const std::optional<std::uint64_t>& value) {
    if (value) list.emplace_back(key, std::to_string(*value));
  };
  list.emplace_back("metadata", pool.metadata);
  list.emplace_back("data", settings.data);
  if (pool.from_snapshot)
    list.emplace_back("snapshot",
                      pool.snapshot_location ? std::to_string(*pool.snapshot_location) : "yes");
  if (pool.damaged == damage_handling::repair) list.emplace_back("repaired", "yes");
  put_number("data-block-size", pool.repair.data_block_size);
  put_number("nr-data-blocks", pool.repair.nr_data_blocks);
  put_number("mapping-root", pool.repair.mapping_root);
  put_number("details-root", pool.repair.details_root);
  if (pool.repair.take_best) list.emplace_back("take-best", "yes");
  if (settings.lost == lost_reads::zeroes) list.emplace_back("lost", "zeroes");
  if (!settings.lvm.empty()) list.emplace_back("lvm", settings.lvm);
  for (const auto& each : settings.exports) {
    put_number("dev", each.device);
    if (!each.device) list.emplace_back("name", each.name);
    put_number("size", each.size_bytes);
    if (each.origin) list.emplace_back("origin", *each.origin);
  }
  return list;
}

}  // namespace thin_tools
