#include "thin-tools/ls/fields.h"

#include <algorithm>
#include <array>

#include "persistent-data/base/ids.h"
#include "thin-tools/console/command_line.h"

namespace thin_tools {

namespace {

using number = std::optional<std::uint64_t>;

number id(const device_usage& row) { return row.device; }
number mapped(const device_usage& row) { return row.details.mapped_blocks; }
number exclusive(const device_usage& row) { return row.exclusive_blocks; }
number shared(const device_usage& row) { return row.shared_blocks; }
number highest(const device_usage& row) { return row.highest_block; }
number transaction(const device_usage& row) { return row.details.transaction_id; }
number create_time(const device_usage& row) { return row.details.creation_time; }
number volume_size(const device_usage& row) { return row.volume_sectors; }
number no_number(const device_usage&) { return std::nullopt; }
const std::string& name(const device_usage& row) { return row.name; }
const std::string& fingerprint(const device_usage& row) { return row.fingerprint; }
number snap_time(const device_usage& row) { return row.details.snapshotted_time; }

constexpr std::array fields{
    ls_field{"DEV", unit::plain, source::details, id},
    ls_field{"MAPPED_BLOCKS", unit::blocks, source::details, mapped},
    ls_field{"EXCLUSIVE_BLOCKS", unit::blocks, source::mappings, exclusive},
    ls_field{"SHARED_BLOCKS", unit::blocks, source::mappings, shared},
    ls_field{"HIGHEST_BLOCK", unit::blocks, source::mappings, highest},
    ls_field{"MAPPED_SECTORS", unit::sectors, source::details, mapped},
    ls_field{"EXCLUSIVE_SECTORS", unit::sectors, source::mappings, exclusive},
    ls_field{"SHARED_SECTORS", unit::sectors, source::mappings, shared},
    ls_field{"HIGHEST_SECTOR", unit::sectors, source::mappings, highest},
    ls_field{"MAPPED_BYTES", unit::bytes, source::details, mapped},
    ls_field{"EXCLUSIVE_BYTES", unit::bytes, source::mappings, exclusive},
    ls_field{"SHARED_BYTES", unit::bytes, source::mappings, shared},
    ls_field{"HIGHEST_BYTE", unit::bytes, source::mappings, highest},
    ls_field{"MAPPED", unit::readable, source::details, mapped},
    ls_field{"EXCLUSIVE", unit::readable, source::mappings, exclusive},
    ls_field{"SHARED", unit::readable, source::mappings, shared},
    ls_field{"HIGHEST_MAPPED", unit::readable, source::mappings, highest},
    ls_field{"TRANSACTION", unit::plain, source::details, transaction},
    ls_field{"CREATE_TIME", unit::plain, source::details, create_time},
    ls_field{"SNAP_TIME", unit::plain, source::details, snap_time},
    ls_field{"FINGERPRINT", unit::words, source::fingerprints, no_number, fingerprint},
    ls_field{"NAME", unit::words, source::names, no_number, name},
    ls_field{"SIZE_SECTORS", unit::sectors, source::names, volume_size},
    ls_field{"SIZE_BYTES", unit::bytes, source::names, volume_size},
    ls_field{"SIZE", unit::readable, source::names, volume_size},
};

constexpr std::uint64_t readable_max = 8192;
constexpr std::array unit_names{"", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

}  // namespace

std::span<const ls_field> ls_fields() { return fields; }

std::vector<const ls_field*> parse_fields(std::string_view list) {
  std::vector<const ls_field*> chosen;
  while (!list.empty()) {
    const auto name = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), name.size() + 1));
    if (name.empty()) continue;
    const auto found = std::ranges::find(fields, name, &ls_field::name);
    if (found == fields.end()) throw usage_error("unknown field '" + std::string(name) + "'");
    chosen.push_back(&*found);
  }
  return chosen;
}

std::string readable_size(std::uint64_t bytes) {
  std::size_t name = 0;
  std::uint64_t whole = bytes;
  while (whole > readable_max && name + 1 < unit_names.size()) {
    ++name;
    const auto shift = 10 * name;
    whole = (bytes >> shift) + (bytes >> (shift - 1) & 1);
  }
  return std::to_string(whole) + unit_names[name];
}

std::optional<std::uint64_t> cell_number(const ls_field& field, const device_usage& row,
                                         std::uint64_t sectors_per_block) {
  auto value = field.value(row);
  if (!value || field.in == unit::plain || field.in == unit::blocks) return value;
  // The highest block is the last one that is used: so is the sector or byte.
  const bool last = field.value == highest;
  const bool in_sectors = field.value == volume_size;
  std::uint64_t scaled = (*value + (last ? 1 : 0)) * (in_sectors ? 1 : sectors_per_block);
  if (field.in != unit::sectors) scaled *= pdata::sector_bytes;
  return scaled - (last && field.in != unit::readable ? 1 : 0);
}

std::string cell_text(const ls_field& field, const device_usage& row,
                      std::uint64_t sectors_per_block) {
  if (field.text) return field.text(row).empty() ? "-" : field.text(row);
  const auto value = cell_number(field, row, sectors_per_block);
  if (!value) return "-";
  return field.in == unit::readable ? readable_size(*value) : std::to_string(*value);
}

}  // namespace thin_tools
