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

}  // namespace pdata
