// For every data block the one owner that maps it, or that there are several:
// what tells exclusive blocks from shared ones in one pass over the mappings,
// by several threads.
#pragma once

#include <cstdint>

#include "persistent-data/space-map/sparse_cells.h"

namespace pdata {

class sole_owners {
 public:
  static constexpr std::uint32_t nobody = 0;
  static constexpr std::uint32_t several = UINT32_MAX;

  explicit sole_owners(std::uint64_t nr_blocks) : known_(nr_blocks) {}

  std::uint64_t nr_blocks() const { return known_.nr_blocks(); }

  // Lets memory fetch what is known of a block that will be claimed soon: scattered
  // blocks are in no cache. Any block.
  void prefetch(std::uint64_t block) {
    if (block < nr_blocks()) __builtin_prefetch(&known_.at(block), 1);
  }

  // Says that `owner` (neither nobody nor several) maps the block; returns who
  // was known before. Requires block < nr_blocks(). Any thread.
  std::uint32_t claim(std::uint64_t block, std::uint32_t owner);
  // Says that several owners map it; returns who was known before.
  std::uint32_t claim_for_several(std::uint64_t block) {
    return known_.at(block).exchange(several, std::memory_order_relaxed);
  }

 private:
  sparse_cells<std::uint32_t, 16384> known_;
};

}  // namespace pdata
