// The bytes of thin metadata, once more: offsets, checksums and sizes as Linux
// 6.1 has them (dm-thin-metadata.c, dm-btree-internal.h, dm-space-map-common.h),
// written down apart from persistent-data/format. Tests judge the library with
// this, so it takes nothing from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace plain {

using u32 = std::uint32_t;
using u64 = std::uint64_t;
using bytes = std::span<const std::byte>;
using writable = std::span<std::byte>;

inline constexpr std::size_t block_bytes = 4096;
inline constexpr u64 counts_of_bitmap = 16320;  // two bits each, behind 16 bytes of header
inline constexpr u64 bitmaps_of_index = 255;

u32 get32(bytes from, std::size_t offset);
u64 get64(bytes from, std::size_t offset);
void put32(writable to, std::size_t offset, u32 value);
void put64(writable to, std::size_t offset, u64 value);

enum class kind { superblock, node, index, bitmap };

u32 crc32c(bytes of);  // finished: 0xE3069283 for "123456789"
u32 checksum(bytes block, kind what);
// Whose checksum the block carries, wherever it stands.
std::optional<kind> kind_of(bytes block);
// With the right checksum, at the place that it names.
bool is_sound(bytes block, kind what, u64 location);
void seal(writable block, kind what, u64 location);

struct space_root {
  u64 nr_blocks = 0;
  u64 nr_allocated = 0;
  u64 bitmap_root = 0;
  u64 overflow_root = 0;
};

struct superblock {
  u64 magic = 0;
  u32 version = 0;
  u32 flags = 0;
  u32 time = 0;
  u64 transaction_id = 0;
  u64 held_root = 0;
  space_root data;
  space_root metadata;
  u64 mapping_root = 0;
  u64 details_root = 0;
  u32 data_block_size = 0;  // sectors
};
inline constexpr u64 superblock_magic = 27022010;
superblock get_superblock(bytes block);

struct node_header {
  u32 flags = 0;  // 1: internal, 2: leaf
  u32 nr_entries = 0;
  u32 max_entries = 0;
  u32 value_size = 0;

  bool is_leaf() const { return (flags & 2) != 0; }
};
node_header get_node_header(bytes block);
u64 node_key(bytes block, u32 index);
bytes node_value(bytes block, u32 index);

// How many entries a node has room for: a multiple of three.
constexpr u32 most_entries(u32 value_size) {
  return static_cast<u32>((block_bytes - 32) / (8 + value_size) / 3 * 3);
}

u32 bitmap_count(bytes block, u64 slot);  // 3: three or more

}  // namespace plain
