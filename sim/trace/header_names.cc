#include "sim/trace/header_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "persistent-data/base/ids.h"

namespace sim::trace {

namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;
constexpr std::uint64_t sector_bytes = pdata::sector_bytes;

struct known_name {
  std::string_view name;
  column_meaning meaning;
  std::uint64_t unit;  // 0: the name does not say
};

constexpr std::array names{
    known_name{"time", column_meaning::time, 0},
    known_name{"timestamp", column_meaning::time, 0},
    known_name{"ts", column_meaning::time, 0},
    known_name{"datetime", column_meaning::time, 0},
    known_name{"start", column_meaning::time, 0},
    known_name{"start_time", column_meaning::time, 0},
    known_name{"arrival", column_meaning::time, 0},
    known_name{"arrival_time", column_meaning::time, 0},
    known_name{"issue_time", column_meaning::time, 0},
    known_name{"issue_ts", column_meaning::time, 0},
    known_name{"submit_time", column_meaning::time, 0},
    known_name{"queue_time", column_meaning::time, 0},
    known_name{"begin_time", column_meaning::time, 0},
    known_name{"request_time", column_meaning::time, 0},
    known_name{"complete_time", column_meaning::time, 0},
    known_name{"completion_time", column_meaning::time, 0},
    known_name{"end_time", column_meaning::time, 0},
    known_name{"finish_time", column_meaning::time, 0},
    known_name{"date", column_meaning::time, 0},
    known_name{"op", column_meaning::op, 1},
    known_name{"opcode", column_meaning::op, 1},
    known_name{"operation", column_meaning::op, 1},
    known_name{"op_type", column_meaning::op, 1},
    known_name{"type", column_meaning::op, 1},
    known_name{"iotype", column_meaning::op, 1},
    known_name{"io_type", column_meaning::op, 1},
    known_name{"request_type", column_meaning::op, 1},
    known_name{"rw", column_meaning::op, 1},
    known_name{"r_w", column_meaning::op, 1},
    known_name{"rwbs", column_meaning::op, 1},
    known_name{"cmd", column_meaning::op, 1},
    known_name{"command", column_meaning::op, 1},
    known_name{"direction", column_meaning::op, 1},
    known_name{"is_write", column_meaning::op, 1},
    known_name{"is_read", column_meaning::op, 1},
    known_name{"offset", column_meaning::offset, 0},
    known_name{"start_offset", column_meaning::offset, 0},
    known_name{"address", column_meaning::offset, 0},
    known_name{"addr", column_meaning::offset, 0},
    known_name{"byte_offset", column_meaning::offset, 1},
    known_name{"byteoffset", column_meaning::offset, 1},
    known_name{"lba", column_meaning::offset, 0},
    known_name{"lbn", column_meaning::offset, 0},
    known_name{"start_lba", column_meaning::offset, 0},
    known_name{"block", column_meaning::offset, 0},
    known_name{"blkno", column_meaning::offset, 0},
    known_name{"block_number", column_meaning::offset, 0},
    known_name{"start_block", column_meaning::offset, 0},
    known_name{"slba", column_meaning::offset, 0},
    known_name{"page", column_meaning::offset, 0},
    known_name{"page_number", column_meaning::offset, 0},
    known_name{"sector", column_meaning::offset, sector_bytes},
    known_name{"start_sector", column_meaning::offset, sector_bytes},
    known_name{"sector_number", column_meaning::offset, sector_bytes},
    known_name{"sector_offset", column_meaning::offset, sector_bytes},
    known_name{"length", column_meaning::length, 0},
    known_name{"len", column_meaning::length, 0},
    known_name{"size", column_meaning::length, 0},
    known_name{"io_size", column_meaning::length, 0},
    known_name{"iosize", column_meaning::length, 0},
    known_name{"request_size", column_meaning::length, 0},
    known_name{"count", column_meaning::length, 0},
    known_name{"blocks", column_meaning::length, 0},
    known_name{"nr_blocks", column_meaning::length, 0},
    known_name{"num_blocks", column_meaning::length, 0},
    known_name{"number_of_blocks", column_meaning::length, 0},
    known_name{"block_count", column_meaning::length, 0},
    known_name{"nlb", column_meaning::length, 0},
    known_name{"nr_lba", column_meaning::length, 0},
    known_name{"num_lba", column_meaning::length, 0},
    known_name{"pages", column_meaning::length, 0},
    known_name{"nr_pages", column_meaning::length, 0},
    known_name{"num_pages", column_meaning::length, 0},
    known_name{"io_length", column_meaning::length, 0},
    known_name{"transfer_size", column_meaning::length, 0},
    known_name{"transfer_length", column_meaning::length, 0},
    known_name{"bytes", column_meaning::length, 1},
    known_name{"nbytes", column_meaning::length, 1},
    known_name{"nr_bytes", column_meaning::length, 1},
    known_name{"num_bytes", column_meaning::length, 1},
    known_name{"number_of_bytes", column_meaning::length, 1},
    known_name{"byte_count", column_meaning::length, 1},
    known_name{"sectors", column_meaning::length, sector_bytes},
    known_name{"nr_sector", column_meaning::length, sector_bytes},
    known_name{"nr_sectors", column_meaning::length, sector_bytes},
    known_name{"nsectors", column_meaning::length, sector_bytes},
    known_name{"num_sectors", column_meaning::length, sector_bytes},
    known_name{"number_of_sectors", column_meaning::length, sector_bytes},
    known_name{"sector_count", column_meaning::length, sector_bytes},
    known_name{"device", column_meaning::device, 1},
    known_name{"dev", column_meaning::device, 1},
    known_name{"device_id", column_meaning::device, 1},
    known_name{"device_name", column_meaning::device, 1},
    known_name{"devno", column_meaning::device, 1},
    known_name{"disk", column_meaning::device, 1},
    known_name{"disk_id", column_meaning::device, 1},
    known_name{"disknumber", column_meaning::device, 1},
    known_name{"disk_number", column_meaning::device, 1},
    known_name{"hostname", column_meaning::device, 1},
    known_name{"lun", column_meaning::device, 1},
    known_name{"volume", column_meaning::device, 1},
    known_name{"volumeid", column_meaning::device, 1},
    known_name{"volume_id", column_meaning::device, 1},
    known_name{"volume_name", column_meaning::device, 1},
    known_name{"flush", column_meaning::flush, 1},
    known_name{"preflush", column_meaning::flush, 1},
    known_name{"fua", column_meaning::fua, 1},
};

// Words for a unit, with the likeliest number.
constexpr std::uint64_t likely_block = 4096;
constexpr std::string_view ambiguous_power = "may count powers of 1024 or of 1000 bytes";
constexpr std::string_view ambiguous_block = "does not say how many bytes a block has";
constexpr std::array loose_units{
    loose_unit{"kb", 1024, ambiguous_power},
    loose_unit{"k", 1024, ambiguous_power},
    loose_unit{"mb", 1024 * 1024, ambiguous_power},
    loose_unit{"m", 1024 * 1024, ambiguous_power},
    loose_unit{"4k", 4096, ambiguous_power},
    loose_unit{"4kb", 4096, ambiguous_power},
    loose_unit{"8k", 8192, ambiguous_power},
    loose_unit{"8kb", 8192, ambiguous_power},
    loose_unit{"block", likely_block, ambiguous_block},
    loose_unit{"blocks", likely_block, ambiguous_block},
    loose_unit{"page", likely_block, "does not say how many bytes a page has"},
    loose_unit{"pages", likely_block, "does not say how many bytes a page has"},
};

}  // namespace

bool counts_bytes_by_custom(std::string_view name) {
  return name == "offset" || name == "start_offset" || name == "address" || name == "addr" ||
         name == "length" || name == "len" || name == "size" || name == "io_size" ||
         name == "iosize" || name == "request_size";
}

std::string with_humps_parted(std::string_view name) {
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  std::string parted;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (i != 0 && lower(name[i - 1]) && upper(name[i])) parted += '_';
    parted += name[i];
  }
  return parted;
}

std::optional<named_column> column_of_header(std::string_view plain) {
  const auto known = std::ranges::find(names, plain, &known_name::name);
  if (known != names.end()) {
    named_column found{{known->meaning, known->unit}, known->unit != 0};
    if (!found.unit_said) found.what.unit = known->meaning == column_meaning::time ? second_ns : 1;
    return found;
  }
  // "offset_bytes", "time_ms", "size_in_sectors", "start_time_us".
  const std::size_t split = plain.rfind('_');
  if (split == std::string_view::npos) return std::nullopt;
  std::string_view stem = plain.substr(0, split);
  if (stem.ends_with("_in")) stem.remove_suffix(3);
  const auto whole = std::ranges::find(names, stem, &known_name::name);
  if (whole == names.end()) return std::nullopt;
  const std::string_view suffix = plain.substr(split + 1);
  const bool size =
      whole->meaning == column_meaning::offset || whole->meaning == column_meaning::length;
  const auto loose = std::ranges::find(loose_units, suffix, &loose_unit::word);
  if (size && loose != loose_units.end())
    return named_column{{whole->meaning, loose->likeliest}, false};
  const std::string_view generic = whole->meaning == column_meaning::time     ? "time"
                                   : whole->meaning == column_meaning::offset ? "offset"
                                                                              : "length";
  auto unit = column_of_name(fmt::format("{}_{}", generic, plain.substr(split + 1)));
  if (!unit ||
      (whole->meaning != column_meaning::time && whole->meaning != column_meaning::offset &&
       whole->meaning != column_meaning::length))
    return std::nullopt;
  return named_column{*unit, true};
}

std::optional<loose_unit> loose_unit_of(std::string_view plain) {
  const bool is_name = std::ranges::find(names, plain, &known_name::name) != names.end();
  if (is_name && plain.find("page") == std::string_view::npos) return std::nullopt;
  const auto found =
      std::ranges::find(loose_units, plain.substr(plain.rfind('_') + 1), &loose_unit::word);
  return found == loose_units.end() ? std::nullopt : std::optional(*found);
}

}  // namespace sim::trace
