#include "persistent-data/space-map/sole_owners.h"

namespace pdata {

std::uint32_t sole_owners::claim(std::uint64_t block, std::uint32_t owner) {
  auto& known = known_.at(block);
  std::uint32_t before = known.load(std::memory_order_relaxed);
  for (;;) {
    if (before == several || before == owner) return before;
    const std::uint32_t after = before == nobody ? owner : several;
    if (known.compare_exchange_weak(before, after, std::memory_order_relaxed)) return before;
  }
}

}  // namespace pdata
