// The 32 bytes of a space map root in the superblock
// (Linux 6.1 dm-space-map-common.h, struct disk_sm_root):
//
//   offset  size  field
//        0     8  nr_blocks
//        8     8  nr_allocated     blocks whose count is not 0
//       16     8  bitmap_root      data map: root of the bitmap index tree
//                                  metadata map: location of the index block
//       24     8  ref_count_root   root of the overflow tree
#pragma once

#include <cstdint>
#include <span>

#include "persistent-data/base/ids.h"
#include "persistent-data/format/field_table.h"
#include "persistent-data/format/little_endian.h"

namespace pdata {

struct space_map_root {
  static constexpr std::size_t bytes = 32;

  std::uint64_t nr_blocks = 0;
  std::uint64_t nr_allocated = 0;
  metadata_block bitmap_root = 0;
  metadata_block ref_count_root = 0;

  static consteval std::size_t at(std::string_view field) {
    return offset_of(space_map_root_fields, field);
  }

  static space_map_root load(std::span<const std::byte> from) {
    return {load_le<std::uint64_t>(from, at("nr_blocks")),
            load_le<std::uint64_t>(from, at("nr_allocated")),
            load_le<std::uint64_t>(from, at("bitmap_root")),
            load_le<std::uint64_t>(from, at("ref_count_root"))};
  }

  void store(std::span<std::byte> to) const {
    store_le(to, at("nr_blocks"), nr_blocks);
    store_le(to, at("nr_allocated"), nr_allocated);
    store_le(to, at("bitmap_root"), bitmap_root);
    store_le(to, at("ref_count_root"), ref_count_root);
  }

  friend bool operator==(const space_map_root&, const space_map_root&) = default;
};

}  // namespace pdata
