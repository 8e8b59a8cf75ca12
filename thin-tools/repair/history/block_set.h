// The blocks that a state of the metadata calls its own, as a set: many states are held
// against each other.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/survey/stored_counts.h"

namespace thin_tools {

class block_set {
 public:
  explicit block_set(pdata::metadata_block nr_blocks = 0)
      : words_(pdata::to_size(pdata::div_up(nr_blocks, 64))) {}
  block_set(const pdata::stored_counts& counts, pdata::metadata_block nr_blocks)
      : block_set(nr_blocks) {
    for (pdata::metadata_block b = 0; b < nr_blocks; ++b)
      if (counts.live(b)) insert(b);
  }

  void insert(pdata::metadata_block b) {
    words_[pdata::to_size(b / 64)] |= std::uint64_t{1} << b % 64;
  }
  bool operator[](pdata::metadata_block b) const {
    return b / 64 < words_.size() && (words_[pdata::to_size(b / 64)] >> b % 64 & 1) != 0;
  }
  std::size_t nr_words() const { return words_.size(); }
  std::size_t count() const {
    std::size_t sum = 0;
    for (const auto word : words_) sum += static_cast<std::size_t>(std::popcount(word));
    return sum;
  }
  // Any but the superblock.
  bool has_any_below(pdata::metadata_block end) const {
    for (pdata::metadata_block b = 1; b < end; ++b)
      if ((*this)[b]) return true;
    return false;
  }
  bool has_any_from(pdata::metadata_block begin) const {
    for (auto b = begin; b < words_.size() * 64; ++b)
      if ((*this)[b]) return true;
    return false;
  }

  // Without what `other` has not.
  block_set common_with(const block_set& other) const {
    block_set both = *this;
    for (std::size_t i = 0; i < words_.size(); ++i) both.words_[i] &= other.words_[i];
    return both;
  }
  // The superblock, which all states have, counts for nothing.
  bool shares_with(const block_set& other) const {
    for (std::size_t i = 0; i < words_.size(); ++i)
      if ((words_[i] & other.words_[i] & counted(i)) != 0) return true;
    return false;
  }
  // At least so many blocks that `other` has not.
  bool has_outside(const block_set& other, std::size_t least = 1) const {
    std::size_t found = 0;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const auto outside = words_[i] & ~other.words_[i] & counted(i);
      if (outside == 0) continue;
      found += static_cast<std::size_t>(std::popcount(outside));
      if (found >= least) return true;
    }
    return false;
  }

 private:
  static std::uint64_t counted(std::size_t word) {
    return word == 0 ? ~std::uint64_t{1} : ~std::uint64_t{0};
  }

  std::vector<std::uint64_t> words_;
};

}  // namespace thin_tools
