// For every data block the one owner that maps it, or that there are several:
// what tells exclusive blocks from shared ones in one pass over the mappings,
// by several threads.
#pragma once

#include <cstdint>
#include <limits>
#include <span>

#include "persistent-data/space-map/region_buffers.h"
#include "persistent-data/space-map/sparse_cells.h"

namespace pdata {

// `Number` must hold the numbers of all owners, which are neither `nobody` nor `several`.
template <class Number>
class sole_owners {
 public:
  static constexpr Number nobody = 0;
  static constexpr Number several = std::numeric_limits<Number>::max();

  // That `owner`, or several, map the block at a place of a region.
  struct claim {
    std::uint16_t place;
    Number owner;
  };
  using buffers = region_buffers<claim>;

  explicit sole_owners(std::uint64_t nr_blocks) : known_(nr_blocks) {}

  std::uint64_t nr_blocks() const { return known_.nr_blocks(); }

  // Takes claims of the region that begins with block `first`, any thread. Calls
  // gained(owner) for each block that the owner alone maps so far, and lost(owner) where
  // that comes to an end.
  template <class Gained, class Lost>
  void take(std::uint64_t first, std::span<const claim> claims, Gained gained, Lost lost) {
    const std::lock_guard lock(locks_.of(first));
    auto* const known = &known_.at(first);
    for (const auto& [place, owner] : claims) {
      const Number before = known[place].load(std::memory_order_relaxed);
      if (before == several || before == owner) continue;  // one owner may map it twice
      known[place].store(before == nobody ? owner : several, std::memory_order_relaxed);
      if (before != nobody)
        lost(before);
      else if (owner != several)
        gained(owner);
    }
  }

 private:
  sparse_cells<Number, buffered_region_blocks> known_;
  region_locks locks_;
};

}  // namespace pdata
