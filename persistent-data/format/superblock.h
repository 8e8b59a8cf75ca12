// The superblock, block 0, and its copy in a held metadata snapshot
// (Linux 6.1 dm-thin-metadata.c, struct thin_disk_superblock):
//
//   offset  size  field
//        0     4  csum
//        4     4  flags                   bit 0: needs_check
//        8     8  blocknr                 0, or the copy's own location
//       16    16  uuid                    never interpreted
//       32     8  magic                   27022010
//       40     4  version                 1 or 2
//       44     4  time                    the pool's snapshot clock
//       48     8  trans_id                user space's transaction id
//       56     8  held_root               location of the metadata snapshot, 0: none
//       64   128  data_space_map_root     32 bytes used, the rest undefined
//      192   128  metadata_space_map_root likewise
//      320     8  data_mapping_root       root of the top level tree
//      328     8  device_details_root
//      336     4  data_block_size         sectors
//      340     4  metadata_block_size     sectors, 8
//      344     8  metadata_nr_blocks      at format time; not updated on growth
//      352     4  compat_flags
//      356     4  compat_ro_flags
//      360     4  incompat_flags
//
// In the copy of a metadata snapshot both space map roots are zero.
#pragma once

#include <array>
#include <cstdint>

#include "persistent-data/base/ids.h"
#include "persistent-data/format/block.h"
#include "persistent-data/format/space_map_root.h"

namespace pdata {

inline constexpr metadata_block superblock_location = 0;
inline constexpr std::uint64_t superblock_magic = 27022010;
inline constexpr std::uint32_t superblock_version = 2;  // what a new superblock carries
inline constexpr std::uint32_t flag_needs_check = 1;

// Limits of data_block_size, in sectors (Linux 6.1 dm-thin.c).
inline constexpr std::uint32_t data_block_size_min = 128;
inline constexpr std::uint32_t data_block_size_max = 2097152;
constexpr bool valid_data_block_size(std::uint64_t sectors) {
  return sectors >= data_block_size_min && sectors <= data_block_size_max &&
         sectors % data_block_size_min == 0;
}

struct superblock {
  static constexpr std::size_t bytes_used = 364;  // the rest of the block is zero
  static constexpr std::size_t uuid_bytes = 16;

  std::uint32_t flags = 0;
  metadata_block location = superblock_location;
  std::array<std::byte, uuid_bytes> uuid{};
  std::uint64_t magic = superblock_magic;
  std::uint32_t version = superblock_version;
  std::uint32_t time = 0;
  std::uint64_t transaction_id = 0;
  metadata_block held_root = 0;
  space_map_root data_space_map;
  space_map_root metadata_space_map;
  metadata_block mapping_root = 0;
  metadata_block details_root = 0;
  std::uint32_t data_block_size = 0;  // sectors
  std::uint32_t metadata_block_size = block_sectors;
  std::uint64_t metadata_nr_blocks = 0;
  std::uint32_t compat_flags = 0;
  std::uint32_t compat_ro_flags = 0;
  std::uint32_t incompat_flags = 0;

  bool needs_check() const { return (flags & flag_needs_check) != 0; }

  // Reads the fields; proves nothing. The checker judges them.
  static superblock load(block_view from);

  // Stores every field but the checksum and leaves the undefined bytes as they
  // are. The block is sealed when it is written.
  void store(block_span to) const;

  // Zeroes both space map roots with the undefined bytes behind them.
  static void clear_space_map_roots(block_span of);

  friend bool operator==(const superblock&, const superblock&) = default;
};

}  // namespace pdata
