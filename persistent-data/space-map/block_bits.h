// A bit for each block of a device, set by several threads. Regions of bits are allocated
// when a block in them is first set.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "persistent-data/base/require.h"

namespace pdata {

class block_bits {
 public:
  static constexpr std::uint64_t region_blocks = std::uint64_t{1} << 19;

  // Only a pointer for each region is allocated here.
  explicit block_bits(std::uint64_t nr_blocks)
      : nr_blocks_(nr_blocks), regions_((nr_blocks + region_blocks - 1) / region_blocks) {}
  ~block_bits() {
    for (auto& region : regions_) delete[] region.load();
  }
  block_bits(const block_bits&) = delete;
  block_bits& operator=(const block_bits&) = delete;

  std::uint64_t nr_blocks() const { return nr_blocks_; }

  // Any thread. True if it was set before. Requires block < nr_blocks().
  bool set(std::uint64_t block) {
    auto& bits = word(block);
    const std::uint64_t mask = std::uint64_t{1} << block % word_bits;
    if ((bits.load(std::memory_order_relaxed) & mask) != 0) return true;
    return (bits.fetch_or(mask, std::memory_order_relaxed) & mask) != 0;
  }

  // The bits of those blocks, packed in the upper bits of the values, whose lower bits are at
  // least `limit`. For leaves: blocks from nr_blocks() on are passed over. Any thread.
  void set_packed(std::span<const std::uint64_t> values, int lower_bits, std::uint64_t limit) {
    const std::uint64_t mask = (std::uint64_t{1} << lower_bits) - 1;
    std::uint64_t region = UINT64_MAX;
    word_type* words = nullptr;
    for (const auto value : values) {
      const std::uint64_t block = value >> lower_bits;
      if ((value & mask) < limit || block >= nr_blocks_) continue;
      if (block / region_blocks != region) {
        region = block / region_blocks;
        words = &word(region * region_blocks);
      }
      auto& bits = words[block % region_blocks / word_bits];
      const std::uint64_t bit = std::uint64_t{1} << block % word_bits;
      if ((bits.load(std::memory_order_relaxed) & bit) == 0)
        bits.fetch_or(bit, std::memory_order_relaxed);
    }
  }

  // Not while another thread sets. Requires block < nr_blocks().
  bool get(std::uint64_t block) const {
    REQUIRE(block < nr_blocks_);
    const auto* words = regions_[block / region_blocks].load(std::memory_order_acquire);
    if (words == nullptr) return false;
    return (words[block % region_blocks / word_bits].load(std::memory_order_relaxed) >>
                block % word_bits &
            1) != 0;
  }

  // Calls visit(block) for each block that is set, ascending. Not while another thread sets.
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::uint64_t region = 0; region < regions_.size(); ++region) {
      const auto* words = regions_[region].load(std::memory_order_acquire);
      if (words == nullptr) continue;
      for (std::uint64_t i = 0; i < region_words; ++i)
        for (auto left = words[i].load(std::memory_order_relaxed); left != 0; left &= left - 1)
          visit(region * region_blocks + i * word_bits +
                static_cast<std::uint64_t>(std::countr_zero(left)));
    }
  }

 private:
  static constexpr std::uint64_t word_bits = 64;
  static constexpr std::uint64_t region_words = region_blocks / word_bits;
  using word_type = std::atomic<std::uint64_t>;

  word_type& word(std::uint64_t block) {
    REQUIRE(block < nr_blocks_);
    auto& region = regions_[block / region_blocks];
    word_type* words = region.load(std::memory_order_acquire);
    if (words == nullptr) {
      auto fresh = std::make_unique<word_type[]>(region_words);
      // The first thread wins; `words` becomes the winner's region.
      if (region.compare_exchange_strong(words, fresh.get())) words = fresh.release();
    }
    return words[block % region_blocks / word_bits];
  }

  std::uint64_t nr_blocks_;
  std::vector<std::atomic<word_type*>> regions_;
};

}  // namespace pdata
