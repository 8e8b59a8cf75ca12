// For every data block the one owner that maps it, or that there are several:
// what tells exclusive blocks from shared ones in one pass over the mappings,
// by several threads. Regions come into being when a block in them is met.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace pdata {

class sole_owners {
 public:
  static constexpr std::uint32_t nobody = 0;
  static constexpr std::uint32_t several = UINT32_MAX;

  explicit sole_owners(std::uint64_t nr_blocks);
  ~sole_owners();
  sole_owners(const sole_owners&) = delete;
  sole_owners& operator=(const sole_owners&) = delete;

  std::uint64_t nr_blocks() const { return nr_blocks_; }

  // Lets memory fetch what is known of a block that will be claimed soon: scattered
  // blocks are in no cache. Any block.
  void prefetch(std::uint64_t block) {
    if (block < nr_blocks_) __builtin_prefetch(&at(block), 1);
  }

  // Says that `owner` (neither nobody nor several) maps the block; returns who
  // was known before. Requires block < nr_blocks(). Any thread.
  std::uint32_t claim(std::uint64_t block, std::uint32_t owner);
  // Says that several owners map it; returns who was known before.
  std::uint32_t claim_for_several(std::uint64_t block) {
    return at(block).exchange(several, std::memory_order_relaxed);
  }

 private:
  static constexpr std::uint64_t region_blocks = 16384;
  using cell = std::atomic<std::uint32_t>;

  cell& at(std::uint64_t block);

  std::uint64_t nr_blocks_;
  std::vector<std::atomic<cell*>> regions_;
};

}  // namespace pdata
