#include "persistent-data/space-map/sole_owners.h"

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/require.h"

namespace pdata {

sole_owners::sole_owners(std::uint64_t nr_blocks)
    : nr_blocks_(nr_blocks), regions_(div_up(nr_blocks, region_blocks)) {}

sole_owners::~sole_owners() {
  for (auto& region : regions_) delete[] region.load();
}

sole_owners::cell& sole_owners::at(std::uint64_t block) {
  REQUIRE(block < nr_blocks_);
  auto& region = regions_[block / region_blocks];
  cell* cells = region.load(std::memory_order_acquire);
  if (cells == nullptr) {
    auto made = std::make_unique<cell[]>(region_blocks);
    if (region.compare_exchange_strong(cells, made.get(), std::memory_order_acq_rel))
      cells = made.release();
  }
  return cells[block % region_blocks];
}

std::uint32_t sole_owners::claim(std::uint64_t block, std::uint32_t owner) {
  cell& known = at(block);
  std::uint32_t before = known.load(std::memory_order_relaxed);
  for (;;) {
    if (before == several || before == owner) return before;
    const std::uint32_t after = before == nobody ? owner : several;
    if (known.compare_exchange_weak(before, after, std::memory_order_relaxed)) return before;
  }
}

}  // namespace pdata
