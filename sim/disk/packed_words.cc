#include "sim/disk/packed_words.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "persistent-data/base/require.h"

namespace sim {

namespace {

constexpr std::size_t words_in_group = 8;
constexpr std::size_t word_bytes = 8;
constexpr std::size_t group_bytes = words_in_group * word_bytes;
constexpr std::uint8_t steps_flag = 0x10;  // of a group's first byte; below it the width

using group = std::array<std::uint64_t, words_in_group>;

// Small numbers of either sign become small ones without.
constexpr std::uint64_t folded(std::uint64_t step) { return step << 1 ^ (0 - (step >> 63)); }
constexpr std::uint64_t unfolded(std::uint64_t step) { return step >> 1 ^ (0 - (step & 1)); }

constexpr unsigned width_of(std::uint64_t word) {
  return (static_cast<unsigned>(std::bit_width(word)) + 7) / 8;
}

constexpr bool is_little_endian = std::endian::native == std::endian::little;

// Writes `width` bytes, the lowest first, and may write word_bytes.
void store(std::byte* to, std::uint64_t word, unsigned width) {
  if constexpr (is_little_endian)
    std::memcpy(to, &word, word_bytes);
  else
    for (unsigned i = 0; i < width; ++i) to[i] = static_cast<std::byte>(word >> (8 * i));
}

std::uint64_t load(const std::byte* from, unsigned width) {
  std::uint64_t word = 0;
  for (unsigned i = 0; i < width; ++i) word |= std::to_integer<std::uint64_t>(from[i]) << (8 * i);
  return word;
}

std::uint64_t load_whole(const std::byte* from) {
  if constexpr (!is_little_endian) return load(from, word_bytes);
  std::uint64_t word = 0;
  std::memcpy(&word, from, word_bytes);
  return word;
}

group load_group(const std::byte* from) {
  group words;
  if constexpr (is_little_endian)
    std::memcpy(words.data(), from, group_bytes);
  else
    for (std::size_t i = 0; i < words_in_group; ++i) words[i] = load_whole(from + i * word_bytes);
  return words;
}

// Writes `width` bytes of each and returns the place behind them; may write word_bytes more.
std::byte* store_group(std::byte* to, const group& words, unsigned width) {
  if constexpr (is_little_endian) {
    std::memcpy(to, &words[0], word_bytes);
    std::memcpy(to + 1 * width, &words[1], word_bytes);
    std::memcpy(to + 2 * width, &words[2], word_bytes);
    std::memcpy(to + 3 * width, &words[3], word_bytes);
    std::memcpy(to + 4 * width, &words[4], word_bytes);
    std::memcpy(to + 5 * width, &words[5], word_bytes);
    std::memcpy(to + 6 * width, &words[6], word_bytes);
    std::memcpy(to + 7 * width, &words[7], word_bytes);
    return to + std::size_t{words_in_group} * width;
  } else {
    for (const auto word : words) {
      store(to, word, width);
      to += width;
    }
    return to;
  }
}

}  // namespace

std::size_t pack_words(std::span<const std::byte> bytes, std::span<std::byte> to) {
  REQUIRE(bytes.size() % group_bytes == 0 && to.size() >= packed_size_max(bytes.size()));
  std::byte* at = to.data();
  std::uint64_t last = 0;
  for (const std::byte* from = bytes.data(); from != bytes.data() + bytes.size();
       from += group_bytes) {
    const group words = load_group(from);
    const std::uint64_t any_word =
        (words[0] | words[1] | words[2] | words[3]) | (words[4] | words[5] | words[6] | words[7]);
    if (any_word == 0) {  // what nodes have between their keys and values
      *at++ = std::byte{0};
      last = 0;
      continue;
    }
    const group steps{folded(words[0] - last),     folded(words[1] - words[0]),
                      folded(words[2] - words[1]), folded(words[3] - words[2]),
                      folded(words[4] - words[3]), folded(words[5] - words[4]),
                      folded(words[6] - words[5]), folded(words[7] - words[6])};
    const std::uint64_t any_step =
        (steps[0] | steps[1] | steps[2] | steps[3]) | (steps[4] | steps[5] | steps[6] | steps[7]);
    last = words[7];
    const bool by_steps = any_step < any_word;
    const unsigned width = width_of(by_steps ? any_step : any_word);
    *at++ = static_cast<std::byte>(width | (by_steps ? steps_flag : 0U));
    at = store_group(at, by_steps ? steps : words, width);
  }
  return static_cast<std::size_t>(at - to.data());
}

void unpack_words(std::span<const std::byte> packed, std::span<std::byte> to) {
  REQUIRE(to.size() % group_bytes == 0);
  const std::byte* from = packed.data();
  const std::byte* const end = from + packed.size();
  std::uint64_t last = 0;
  for (std::size_t at = 0; at < to.size(); at += group_bytes) {
    REQUIRE(from != end);
    const auto head = std::to_integer<unsigned>(*from++);
    const unsigned width = head & (steps_flag - 1U);
    REQUIRE(width <= word_bytes &&
            static_cast<std::size_t>(end - from) >= std::size_t{width} * words_in_group);
    const bool is_last = static_cast<std::size_t>(end - from) < group_bytes;
    const std::uint64_t mask =
        width == word_bytes ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * width)) - 1;
    for (std::size_t i = 0; i < words_in_group; ++i) {
      const auto kept = is_last ? load(from, width) : load_whole(from) & mask;
      from += width;
      last = (head & steps_flag) != 0 ? last + unfolded(kept) : kept;
      store(to.data() + at + i * word_bytes, last, word_bytes);
    }
  }
}

}  // namespace sim
