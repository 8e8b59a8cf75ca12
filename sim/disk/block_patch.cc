#include "sim/disk/block_patch.h"

#include <bit>
#include <cstdint>
#include <cstring>

#include "persistent-data/base/require.h"

namespace sim {

namespace {

// How many groups of eight words differ; for each its number, a bit for each word of it that
// does, and those words.
constexpr std::size_t words_in_group = 8;
constexpr std::size_t word_bytes = 8;
constexpr std::size_t group_bytes = words_in_group * word_bytes;
constexpr std::size_t nr_groups = patched_bytes / group_bytes;
constexpr std::size_t head_bytes = 2;  // of a group

std::uint64_t load_word(const std::byte* from) {
  std::uint64_t word = 0;
  std::memcpy(&word, from, word_bytes);
  return word;
}

// Without branches: most groups are equal.
bool is_same_group(const std::byte* a, const std::byte* b) {
  const auto difference = [&](std::size_t i) {
    return load_word(a + i * word_bytes) ^ load_word(b + i * word_bytes);
  };
  return ((difference(0) | difference(1) | difference(2) | difference(3)) |
          (difference(4) | difference(5) | difference(6) | difference(7))) == 0;
}

}  // namespace

std::optional<std::size_t> make_patch(std::span<const std::byte, patched_bytes> block,
                                      std::span<const std::byte, patched_bytes> original,
                                      std::span<std::byte> to) {
  if (to.empty()) return std::nullopt;
  std::size_t size = 1;
  unsigned nr_different = 0;
  for (std::size_t g = 0; g < nr_groups; ++g) {
    const std::byte* const words = block.data() + g * group_bytes;
    const std::byte* const others = original.data() + g * group_bytes;
    if (is_same_group(words, others)) continue;
    if (to.size() - size < head_bytes + group_bytes) return std::nullopt;
    unsigned which = 0;
    std::size_t at = size + head_bytes;
    for (std::size_t i = 0; i < words_in_group; ++i) {
      const auto word = load_word(words + i * word_bytes);
      if (word == load_word(others + i * word_bytes)) continue;
      which |= 1U << i;
      std::memcpy(to.data() + at, &word, word_bytes);
      at += word_bytes;
    }
    to[size] = static_cast<std::byte>(g);
    to[size + 1] = static_cast<std::byte>(which);
    size = at;
    ++nr_different;
  }
  to[0] = static_cast<std::byte>(nr_different);
  return size;
}

void apply_patch(std::span<const std::byte> patch, std::span<std::byte, patched_bytes> block) {
  const std::byte* from = patch.data();
  const std::byte* const end = from + patch.size();
  for (auto left = std::to_integer<unsigned>(*from++); left != 0; --left) {
    REQUIRE(static_cast<std::size_t>(end - from) >= head_bytes);
    const auto number = std::to_integer<std::size_t>(from[0]);
    auto which = std::to_integer<unsigned>(from[1]);
    from += head_bytes;
    REQUIRE(number < nr_groups && static_cast<std::size_t>(end - from) >=
                                      static_cast<unsigned>(std::popcount(which)) * word_bytes);
    for (; which != 0; which &= which - 1) {
      std::memcpy(block.data() + number * group_bytes +
                      static_cast<unsigned>(std::countr_zero(which)) * word_bytes,
                  from, word_bytes);
      from += word_bytes;
    }
  }
}

}  // namespace sim
