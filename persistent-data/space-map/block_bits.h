// A bit for each block of a device, set by several threads.
#pragma once

#include <bit>
#include <cstdint>

#include "persistent-data/space-map/sparse_cells.h"

namespace pdata {

class block_bits {
 public:
  explicit block_bits(std::uint64_t nr_blocks)
      : nr_blocks_(nr_blocks), words_(div_up(nr_blocks, word_bits)) {}

  // Any thread. True if it was set before. Requires block < nr_blocks.
  bool set(std::uint64_t block) {
    REQUIRE(block < nr_blocks_);
    return set(words_.at(block / word_bits), block);
  }

  // Not while another thread sets. Requires block < nr_blocks.
  bool get(std::uint64_t block) const {
    REQUIRE(block < nr_blocks_);
    const auto* const word = words_.find(block / word_bits);
    return word != nullptr && (word->load(std::memory_order_relaxed) & bit_of(block)) != 0;
  }

  // Calls visit(block) for each block that is set, ascending. Not while another thread sets.
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::uint64_t word = 0; word < words_.nr_blocks(); ++word) {
      if (words_.region_untouched(word / words::region_blocks)) {
        word = (word / words::region_blocks + 1) * words::region_blocks - 1;
        continue;
      }
      for (auto left = words_.find(word)->load(std::memory_order_relaxed); left != 0;
           left &= left - 1)
        visit(word * word_bits + static_cast<std::uint64_t>(std::countr_zero(left)));
    }
  }

 private:
  static constexpr std::uint64_t word_bits = 64;
  using words = sparse_cells<std::uint64_t, 8192>;

  static std::uint64_t bit_of(std::uint64_t block) { return std::uint64_t{1} << block % word_bits; }
  static bool set(words::cell& word, std::uint64_t block) {
    const auto bit = bit_of(block);
    if ((word.load(std::memory_order_relaxed) & bit) != 0) return true;
    return (word.fetch_or(bit, std::memory_order_relaxed) & bit) != 0;
  }

  std::uint64_t nr_blocks_;
  words words_;
};

}  // namespace pdata
