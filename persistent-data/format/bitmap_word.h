// Words of a bitmap block: 32 counts at once, for what goes through many.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "persistent-data/format/bitmap_block.h"

namespace pdata {

inline void set_bitmap_word(block_span bitmap, std::uint32_t word, std::uint64_t fields) {
  store_le(bitmap, bitmap_header_bytes + std::size_t{word} * 8, fields);
}

// The word of 32 counts, or none if one of them is above 2.
std::optional<std::uint64_t> encode_bitmap_word(
    std::span<const std::uint8_t, entries_per_bitmap_word> counts);

// The same of two counts in each byte, the first one lower: in three bits, and one that says
// nothing.
std::optional<std::uint64_t> encode_bitmap_word(
    std::span<const std::uint8_t, entries_per_bitmap_word / 2> packed);

// The free slots of a word: the lower bit of each field.
constexpr std::uint64_t free_bitmap_fields(std::uint64_t word) {
  return ~(word | word >> 1) & 0x5555555555555555;
}

}  // namespace pdata
