// An atomic number for each block of a device, changed by several threads. They are
// zero at first; memory is used in regions, when a block in one is first used.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/require.h"
#include "persistent-data/base/zeroed_pieces.h"

namespace pdata {

template <class Value, std::uint64_t blocks_of_a_region>
class sparse_cells {
 public:
  using cell = std::atomic<Value>;
  static constexpr std::uint64_t region_blocks = blocks_of_a_region;

  // Allocates no more than a pointer for each region.
  explicit sparse_cells(std::uint64_t nr_blocks)
      : nr_blocks_(nr_blocks),
        regions_(to_size(div_up(nr_blocks, region_blocks))),
        memory_(region_blocks * sizeof(cell), regions_.size()) {}

  std::uint64_t nr_blocks() const { return nr_blocks_; }

  // Any thread. Requires block < nr_blocks().
  cell& at(std::uint64_t block) {
    REQUIRE(block < nr_blocks_);
    auto& region = regions_[to_size(block / region_blocks)];
    cell* cells = region.load(std::memory_order_acquire);
    if (cells == nullptr) cells = make_region(region);
    return cells[block % region_blocks];
  }

  // Null while no block of its region was used. Requires block < nr_blocks().
  const cell* find(std::uint64_t block) const {
    REQUIRE(block < nr_blocks_);
    const cell* cells = regions_[to_size(block / region_blocks)].load(std::memory_order_acquire);
    return cells == nullptr ? nullptr : cells + block % region_blocks;
  }

  bool region_untouched(std::uint64_t region) const {
    return regions_[to_size(region)].load(std::memory_order_acquire) == nullptr;
  }
  // Not while another thread uses the region.
  void release_region(std::uint64_t region) {
    if (cell* const cells = regions_[to_size(region)].exchange(nullptr))
      memory_.give_back(reinterpret_cast<std::byte*>(cells));
  }

 private:
  static_assert(sizeof(cell) == sizeof(Value) && std::is_trivially_destructible_v<cell>);

  cell* make_region(std::atomic<cell*>& region) {
    std::byte* const fresh = memory_.take();
    cell* cells = nullptr;
    // Zeroes are what makes cells. The first thread wins; `cells` becomes the winner's region.
    if (region.compare_exchange_strong(cells, reinterpret_cast<cell*>(fresh)))
      return reinterpret_cast<cell*>(fresh);
    memory_.give_back(fresh);
    return cells;
  }

  std::uint64_t nr_blocks_;
  std::vector<std::atomic<cell*>> regions_;
  zeroed_pieces memory_;
};

}  // namespace pdata
