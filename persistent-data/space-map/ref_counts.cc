#include "persistent-data/space-map/ref_counts.h"

#include <cstring>
#include <limits>

namespace pdata {

void ref_counts::increment(std::uint64_t block) { add(block, 1); }

void ref_counts::add(std::uint64_t block, std::uint32_t count) {
  auto& small = small_.at(block);
  std::uint8_t old = small.load(std::memory_order_relaxed);
  while (count < static_cast<std::uint32_t>(overflowed - (old & count_bits))) {
    if (small.compare_exchange_weak(old, static_cast<std::uint8_t>(old + count),
                                    std::memory_order_relaxed))
      return;
  }
  // Threads that see the cell overflowed wait for the lock, so the map's entry
  // holds the count from before as soon as they can look.
  const std::lock_guard lock(overflow_mutex_);
  const std::uint32_t before = small.fetch_or(overflowed, std::memory_order_relaxed) & count_bits;
  auto& whole = overflow_[block];
  if (before != overflowed) whole = before;
  const auto room = std::numeric_limits<std::uint32_t>::max() - whole;
  whole += count < room ? count : room;
}

std::uint32_t ref_counts::get(std::uint64_t block) const {
  const auto* cell = small_.find(block);
  if (cell == nullptr) return 0;
  const std::uint32_t small = cell->load(std::memory_order_relaxed) & count_bits;
  return small == overflowed ? overflow_.at(block) : small;
}

void ref_counts::copy_small(std::uint64_t first, std::span<std::uint8_t> to) const {
  REQUIRE(to.size() <= region_blocks - first % region_blocks);
  static_assert(sizeof(cells::cell) == 1);
  const auto* from = small_.find(first);
  if (from == nullptr) {
    std::memset(to.data(), 0, to.size());
    return;
  }
  std::memcpy(to.data(), static_cast<const void*>(from), to.size());
  for (auto& cell : to) cell &= count_bits;
}

}  // namespace pdata
