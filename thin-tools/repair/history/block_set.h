// The blocks that a state of the metadata calls its own, as a set: many states are held
// against each other.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "persistent-data/survey/stored_counts.h"

namespace thin_tools {

class block_set {
 public:
  explicit block_set(pdata::metadata_block nr_blocks = 0) : words_((nr_blocks + 63) / 64) {}
  block_set(const pdata::stored_counts& counts, pdata::metadata_block nr_blocks)
      : block_set(nr_blocks) {
    for (pdata::metadata_block b = 0; b < nr_blocks; ++b)
      if (counts.live(b)) insert(b);
  }

  void insert(pdata::metadata_block b) { words_[b / 64] |= std::uint64_t{1} << b % 64; }
  bool operator[](pdata::metadata_block b) const {
    return b / 64 < words_.size() && (words_[b / 64] >> b % 64 & 1) != 0;
  }
  std::size_t nr_words() const { return words_.size(); }
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
  bool shares_with(const block_set& other) const { return nr_shared(other, nullptr, 1) != 0; }
  // At least so many blocks of both are not in `without`.
  bool shares_outside(const block_set& other, const block_set& without,
                      std::size_t least = 1) const {
    return nr_shared(other, &without, least) >= least;
  }

 private:
  // Counts up to `enough` and a little beyond.
  std::size_t nr_shared(const block_set& other, const block_set* without,
                        std::size_t enough) const {
    std::size_t found = 0;
    for (std::size_t i = 0; i < words_.size() && found < enough; ++i) {
      auto both = words_[i] & other.words_[i];
      if (without != nullptr) both &= ~without->words_[i];
      if (i == 0) both &= ~std::uint64_t{1};
      found += static_cast<std::size_t>(std::popcount(both));
    }
    return found;
  }

  std::vector<std::uint64_t> words_;
};

}  // namespace thin_tools
