// Bitmap blocks, their index entries and the metadata space map's index block
// (Linux 6.1 dm-space-map-common.h).
//
// Bitmap block:                      Index block (metadata map only):
//   offset  size  field                offset  size  field
//        0     4  csum                      0     4  csum
//        4     4  not used                  4     4  padding
//        8     8  blocknr                   8     8  blocknr
//       16  4080  16320 2-bit counts       16  4080  255 index entries
//
// Index entry, also the leaf value of the data map's bitmap index tree:
//        0     8  blocknr           location of the bitmap block
//        8     4  nr_free           counts of zero; every bitmap starts with 16320,
//                                   so slots past the end of the device are free
//       12     4  none_free_before  hint: no slot below it is free
//
// Of the two bits of a count the lower numbered one is the HIGH bit. A count of
// 3 says: three or more, the number is in the overflow tree.
#pragma once

#include <cstdint>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/ids.h"
#include "persistent-data/format/block.h"
#include "persistent-data/format/field_table.h"
#include "persistent-data/format/little_endian.h"

namespace pdata {

inline constexpr std::size_t bitmap_header_bytes = 16;  // of an index block, too
inline constexpr std::uint32_t entries_per_bitmap =
    (block_size - bitmap_header_bytes) * 4;  // 16320
inline constexpr std::uint32_t count_in_overflow = 3;

inline constexpr std::uint64_t max_metadata_bitmaps = 255;
inline constexpr metadata_block max_metadata_blocks = max_metadata_bitmaps * entries_per_bitmap;

struct index_entry {
  static constexpr std::size_t bytes = 16;

  metadata_block location = 0;
  std::uint32_t nr_free = 0;
  std::uint32_t none_free_before = 0;

  static consteval std::size_t at(std::string_view field) {
    return offset_of(index_entry_fields, field);
  }

  static index_entry load(std::span<const std::byte> from) {
    return {load_le<std::uint64_t>(from, at("blocknr")),
            load_le<std::uint32_t>(from, at("nr_free")),
            load_le<std::uint32_t>(from, at("none_free_before"))};
  }

  void store(std::span<std::byte> to) const {
    store_le(to, at("blocknr"), location);
    store_le(to, at("nr_free"), nr_free);
    store_le(to, at("none_free_before"), none_free_before);
  }

  friend bool operator==(const index_entry&, const index_entry&) = default;
};

// Entry `slot` of an index block. Requires slot < max_metadata_bitmaps.
inline index_entry load_index_entry(block_view index_block, std::uint64_t slot) {
  REQUIRE(slot < max_metadata_bitmaps);
  return index_entry::load(
      std::span(index_block).subspan(to_size(bitmap_header_bytes + slot * index_entry::bytes)));
}

inline void store_index_entry(block_span index_block, std::uint64_t slot, const index_entry& e) {
  REQUIRE(slot < max_metadata_bitmaps);
  e.store(std::span(index_block).subspan(to_size(bitmap_header_bytes + slot * index_entry::bytes)));
}

// The count that two bits of a bitmap stand for.
constexpr std::uint32_t decode_bitmap_field(std::uint64_t field) {
  return static_cast<std::uint32_t>((field & 1) << 1 | field >> 1);
}

// The 2-bit count at `slot` of a bitmap block. Requires slot < entries_per_bitmap.
inline std::uint32_t bitmap_count(block_view bitmap, std::uint32_t slot) {
  REQUIRE(slot < entries_per_bitmap);
  const auto field =
      std::to_integer<std::uint32_t>(bitmap[bitmap_header_bytes + slot / 4]) >> (2 * (slot % 4)) &
      3;
  return decode_bitmap_field(field);
}

inline void set_bitmap_count(block_span bitmap, std::uint32_t slot, std::uint32_t count) {
  REQUIRE(slot < entries_per_bitmap && count <= 3);
  const auto shift = 2 * (slot % 4);
  const auto field = (count & 1) << 1 | count >> 1;
  auto& byte = bitmap[bitmap_header_bytes + slot / 4];
  byte = static_cast<std::byte>((std::to_integer<std::uint32_t>(byte) & ~(3U << shift)) |
                                field << shift);
}

// The 32 counts from slot 32 * `word`, still in on-disk encoding: 0 where all
// are free. For scans that skip by the word.
inline constexpr std::uint32_t entries_per_bitmap_word = 32;
inline std::uint64_t bitmap_word(block_view bitmap, std::uint32_t word) {
  return load_le<std::uint64_t>(bitmap, bitmap_header_bytes + std::size_t{word} * 8);
}

}  // namespace pdata
