#include "sim/disk/cell_pool.h"

#include <algorithm>
#include <cstring>

#include "persistent-data/base/require.h"

namespace sim {

cell_pool::cell* cell_pool::take() {
  if (!free_.empty()) {
    cell* const taken = free_.back();
    if (taken->next != nullptr)
      free_.back() = taken->next;
    else
      free_.pop_back();
    return taken;
  }
  if (used_ == cells_per_slab) {
    slabs_.push_back(std::make_unique_for_overwrite<cell[]>(cells_per_slab));
    used_ = 0;
  }
  return &slabs_.back()[used_++];
}

cell_pool::cell* cell_pool::keep(std::span<const std::byte> bytes) {
  REQUIRE(!bytes.empty());
  cell* const first = take();
  cell* at = first;
  for (;;) {
    const auto piece = bytes.first(std::min(bytes.size(), at->bytes.size()));
    std::memcpy(at->bytes.data(), piece.data(), piece.size());
    bytes = bytes.subspan(piece.size());
    at->next = bytes.empty() ? nullptr : take();
    if (at->next == nullptr) return first;
    at = at->next;
  }
}

void cell_pool::copy(const cell* first, std::span<std::byte> to) {
  for (const cell* at = first; !to.empty(); at = at->next) {
    REQUIRE(at != nullptr);
    const auto piece = to.first(std::min(to.size(), at->bytes.size()));
    std::memcpy(piece.data(), at->bytes.data(), piece.size());
    to = to.subspan(piece.size());
  }
}

}  // namespace sim
