#include "persistent-data/space-map/ref_counts.h"

#include <cstring>
#include <limits>

#include "persistent-data/base/require.h"

namespace pdata {

ref_counts::ref_counts(std::uint64_t nr_blocks)
    : nr_blocks_(nr_blocks), regions_((nr_blocks + region_blocks - 1) / region_blocks) {}

ref_counts::~ref_counts() {
  for (auto& region : regions_) delete[] region.load();
}

ref_counts::cell& ref_counts::at(std::uint64_t block) {
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

void ref_counts::increment(std::uint64_t block) { add(block, 1); }

void ref_counts::increment_all(std::span<const std::uint64_t> blocks) {
  constexpr std::size_t ahead = 16;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (i + ahead < blocks.size()) __builtin_prefetch(&at(blocks[i + ahead]), 1);
    increment(blocks[i]);
  }
}

void ref_counts::add(std::uint64_t block, std::uint32_t count) {
  cell& small = at(block);
  std::uint8_t old = small.load(std::memory_order_relaxed);
  while (old != overflowed && count < static_cast<std::uint32_t>(overflowed - old)) {
    if (small.compare_exchange_weak(old, static_cast<std::uint8_t>(old + count),
                                    std::memory_order_relaxed))
      return;
  }
  // Threads that see the cell overflowed wait for the lock, so the map's entry
  // holds the count from before as soon as they can look.
  const std::lock_guard lock(overflow_mutex_);
  const std::uint8_t before = small.exchange(overflowed, std::memory_order_relaxed);
  auto& whole = overflow_[block];
  if (before != overflowed) whole = before;
  const auto room = std::numeric_limits<std::uint32_t>::max() - whole;
  whole += count < room ? count : room;
}

std::uint32_t ref_counts::get(std::uint64_t block) const {
  REQUIRE(block < nr_blocks_);
  const cell* cells = regions_[block / region_blocks].load(std::memory_order_acquire);
  if (cells == nullptr) return 0;
  const auto small = cells[block % region_blocks].load(std::memory_order_relaxed);
  return small == overflowed ? overflow_.at(block) : small;
}

void ref_counts::copy_small(std::uint64_t first, std::span<std::uint8_t> to) const {
  const std::uint64_t offset = first % region_blocks;
  REQUIRE(first < nr_blocks_ && to.size() <= region_blocks - offset);
  static_assert(sizeof(cell) == 1);
  const cell* cells = regions_[first / region_blocks].load(std::memory_order_acquire);
  if (cells == nullptr)
    std::memset(to.data(), 0, to.size());
  else
    std::memcpy(to.data(), static_cast<const void*>(cells + offset), to.size());
}

}  // namespace pdata
