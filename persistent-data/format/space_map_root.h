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
#include "persistent-data/format/little_endian.h"

namespace pdata {

struct space_map_root {
  static constexpr std::size_t bytes = 32;

  std::uint64_t nr_blocks = 0;
  std::uint64_t nr_allocated = 0;
  metadata_block bitmap_root = 0;
  metadata_block ref_count_root = 0;

  static space_map_root load(std::span<const std::byte> from) {
    return {load_le<std::uint64_t>(from, 0), load_le<std::uint64_t>(from, 8),
            load_le<std::uint64_t>(from, 16), load_le<std::uint64_t>(from, 24)};
  }

  void store(std::span<std::byte> to) const {
    store_le(to, 0, nr_blocks);
    store_le(to, 8, nr_allocated);
    store_le(to, 16, bitmap_root);
    store_le(to, 24, ref_count_root);
  }

  friend bool operator==(const space_map_root&, const space_map_root&) = default;
};

}  // namespace pdata
