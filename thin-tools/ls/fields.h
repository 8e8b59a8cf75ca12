// The columns of thin_ls.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "thin-tools/ls/usage.h"

namespace thin_tools {

// Of a field with words its text is shown as it is.
enum class unit : std::uint8_t { plain, blocks, sectors, bytes, readable, words };

// What a field is told by.
enum class source : std::uint8_t {
  details,
  mappings,      // all of them
  fingerprints,  // a pass over the mappings in order
  names,         // an LVM2 backup
};

struct ls_field {
  std::string_view name;
  unit in;  // of what `blocks` counts
  source from;
  // The number, or nothing where there is none. With a unit, in blocks.
  std::optional<std::uint64_t> (*value)(const device_usage& row);
  const std::string& (*text)(const device_usage& row) = nullptr;  // of a field with words
};

std::span<const ls_field> ls_fields();

// A comma list of field names; empty names are skipped. Throws usage_error.
std::vector<const ls_field*> parse_fields(std::string_view list);

// The cell as thin_ls shows it: a number, for readable units with its unit
// ("41MiB"), "-" for nothing.
std::string cell_text(const ls_field& field, const device_usage& row,
                      std::uint64_t sectors_per_block);

// The number in the field's unit; bytes for readable units.
std::optional<std::uint64_t> cell_number(const ls_field& field, const device_usage& row,
                                         std::uint64_t sectors_per_block);

// A number of bytes as 0.9.0 shows it: in the next binary unit as long as it is
// above 8192, rounded to the nearest whole. Plain bytes have no unit.
std::string readable_size(std::uint64_t bytes);

}  // namespace thin_tools
