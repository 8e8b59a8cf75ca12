// The fields of the on-disk structures: the one place where their offsets and
// sizes stand. Codecs take them from here; tools and tests that plant or show
// single fields find them by name.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace pdata {

struct field {
  std::string_view name;
  std::uint16_t offset;
  std::uint8_t size;  // bytes; little endian integer up to 8, else bytes
};

// What every block begins with.
inline constexpr std::array block_fields{
    field{"csum", 0, 4},
    field{"blocknr", 8, 8},
};

inline constexpr std::array superblock_fields{
    field{"csum", 0, 4},
    field{"flags", 4, 4},
    field{"blocknr", 8, 8},
    field{"uuid", 16, 16},
    field{"magic", 32, 8},
    field{"version", 40, 4},
    field{"time", 44, 4},
    field{"trans_id", 48, 8},
    field{"held_root", 56, 8},
    field{"data_space_map_root.nr_blocks", 64, 8},
    field{"data_space_map_root.nr_allocated", 72, 8},
    field{"data_space_map_root.bitmap_root", 80, 8},
    field{"data_space_map_root.ref_count_root", 88, 8},
    field{"metadata_space_map_root.nr_blocks", 192, 8},
    field{"metadata_space_map_root.nr_allocated", 200, 8},
    field{"metadata_space_map_root.bitmap_root", 208, 8},
    field{"metadata_space_map_root.ref_count_root", 216, 8},
    field{"data_mapping_root", 320, 8},
    field{"device_details_root", 328, 8},
    field{"data_block_size", 336, 4},
    field{"metadata_block_size", 340, 4},
    field{"metadata_nr_blocks", 344, 8},
    field{"compat_flags", 352, 4},
    field{"compat_ro_flags", 356, 4},
    field{"incompat_flags", 360, 4},
};

inline constexpr std::array node_fields{
    field{"csum", 0, 4},        field{"flags", 4, 4},        field{"blocknr", 8, 8},
    field{"nr_entries", 16, 4}, field{"max_entries", 20, 4}, field{"value_size", 24, 4},
    field{"padding", 28, 4},
};

inline constexpr std::array bitmap_fields{
    field{"csum", 0, 4},
    field{"not_used", 4, 4},
    field{"blocknr", 8, 8},
};

inline constexpr std::array index_block_fields{
    field{"csum", 0, 4},
    field{"padding", 4, 4},
    field{"blocknr", 8, 8},
};

// Parts of blocks; offsets are within the part.
inline constexpr std::array space_map_root_fields{
    field{"nr_blocks", 0, 8},
    field{"nr_allocated", 8, 8},
    field{"bitmap_root", 16, 8},
    field{"ref_count_root", 24, 8},
};

inline constexpr std::array index_entry_fields{
    field{"blocknr", 0, 8},
    field{"nr_free", 8, 4},
    field{"none_free_before", 12, 4},
};

inline constexpr std::array device_details_fields{
    field{"mapped_blocks", 0, 8},
    field{"transaction_id", 8, 8},
    field{"creation_time", 16, 4},
    field{"snapshotted_time", 20, 4},
};

// None: there is no such field.
constexpr std::optional<field> find_field(std::span<const field> fields, std::string_view name) {
  for (const auto& candidate : fields)
    if (candidate.name == name) return candidate;
  return std::nullopt;
}

// For codecs: a name that is not in the table does not compile.
consteval std::size_t offset_of(std::span<const field> fields, std::string_view name) {
  return find_field(fields, name).value().offset;
}

// Of integers. Require that the field lies within the bytes.
std::uint64_t load_field(std::span<const std::byte> structure, const field& which);
void store_field(std::span<std::byte> structure, const field& which, std::uint64_t value);

}  // namespace pdata
