#include "persistent-data/format/bitmap_word.h"

namespace pdata {

std::optional<std::uint64_t> encode_bitmap_word(
    std::span<const std::uint8_t, entries_per_bitmap_word> counts) {
  constexpr std::uint64_t low_bits = 0x0101010101010101;
  std::uint64_t word = 0;
  for (std::uint32_t i = 0; i < counts.size(); i += 8) {
    // Eight counts, a byte each, the first one lowest.
    auto x = load_le<std::uint64_t>(std::as_bytes(counts), i);
    if ((x & ~(3 * low_bits)) != 0 || (x & x >> 1 & low_bits) != 0) return std::nullopt;
    x = (x & low_bits) << 1 | (x >> 1 & low_bits);
    x = (x | x >> 6) & 0x000f000f000f000f;
    x = (x | x >> 12) & 0x000000ff000000ff;
    x = (x | x >> 24) & 0xffff;
    word |= x << (2 * i);
  }
  return word;
}

namespace {

// The fields of sixteen counts of at most 2, in the lower half.
std::uint64_t fields_of(std::uint64_t counts) {
  constexpr std::uint64_t low_bits = 0x1111111111111111;
  auto x = (counts & low_bits) << 1 | (counts >> 1 & low_bits);
  x = (x | x >> 2) & 0x0f0f0f0f0f0f0f0f;
  x = (x | x >> 4) & 0x00ff00ff00ff00ff;
  x = (x | x >> 8) & 0x0000ffff0000ffff;
  return (x | x >> 16) & 0xffffffff;
}

}  // namespace

std::optional<std::uint64_t> encode_bitmap_word(
    std::span<const std::uint8_t, entries_per_bitmap_word / 2> packed) {
  constexpr std::uint64_t low_bits = 0x1111111111111111;
  const auto bytes = std::as_bytes(packed);
  const auto first_half = load_le<std::uint64_t>(bytes, 0) & 7 * low_bits;
  const auto second_half = load_le<std::uint64_t>(bytes, 8) & 7 * low_bits;
  const auto above_3 = (first_half | second_half) & ~(3 * low_bits);
  const auto three = ((first_half & first_half >> 1) | (second_half & second_half >> 1)) & low_bits;
  if (above_3 != 0 || three != 0) return std::nullopt;
  return fields_of(first_half) | fields_of(second_half) << 32;
}

}  // namespace pdata
