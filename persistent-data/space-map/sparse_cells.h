// An atomic number for each block of a device, changed by several threads. They are
// zero at first; memory is allocated in regions, when a block in one is first used.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/require.h"

namespace pdata {

template <class Value, std::uint64_t blocks_of_a_region>
class sparse_cells {
 public:
  using cell = std::atomic<Value>;
  static constexpr std::uint64_t region_blocks = blocks_of_a_region;

  // Allocates no more than a pointer for each region.
  explicit sparse_cells(std::uint64_t nr_blocks)
      : nr_blocks_(nr_blocks), regions_(div_up(nr_blocks, region_blocks)) {}
  ~sparse_cells() {
    for (auto& region : regions_) delete[] region.load();
  }
  sparse_cells(const sparse_cells&) = delete;
  sparse_cells& operator=(const sparse_cells&) = delete;

  std::uint64_t nr_blocks() const { return nr_blocks_; }

  // Any thread. Requires block < nr_blocks().
  cell& at(std::uint64_t block) {
    REQUIRE(block < nr_blocks_);
    auto& region = regions_[block / region_blocks];
    cell* cells = region.load(std::memory_order_acquire);
    if (cells == nullptr) {
      auto fresh = std::make_unique<cell[]>(region_blocks);
      // The first thread wins; `cells` becomes the winner's region.
      if (region.compare_exchange_strong(cells, fresh.get())) cells = fresh.release();
    }
    return cells[block % region_blocks];
  }

  // Null while no block of its region was used. Requires block < nr_blocks().
  const cell* find(std::uint64_t block) const {
    REQUIRE(block < nr_blocks_);
    const cell* cells = regions_[block / region_blocks].load(std::memory_order_acquire);
    return cells == nullptr ? nullptr : cells + block % region_blocks;
  }

  bool region_untouched(std::uint64_t region) const {
    return regions_[region].load(std::memory_order_acquire) == nullptr;
  }
  // Not while another thread uses the region.
  void release_region(std::uint64_t region) { delete[] regions_[region].exchange(nullptr); }

 private:
  std::uint64_t nr_blocks_;
  std::vector<std::atomic<cell*>> regions_;
};

}  // namespace pdata
