// For every data block the lowest of the owners that map it, and whether there are others.
// Claims of several threads; what comes out does not depend on their order.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "persistent-data/space-map/sparse_cells.h"
#include "thin-tools/page/data_map.h"

namespace thin_tools::report {

// The fewer owners there are, the smaller a Number will do: it keeps an owner and a bit.
template <class Number>
class block_owners {
 public:
  // Owners are below this.
  static constexpr std::uint32_t owners_max = (std::uint32_t{1} << (8 * sizeof(Number) - 1)) - 1;

  explicit block_owners(std::uint64_t nr_blocks) : cells_(nr_blocks) {}

  std::uint64_t nr_blocks() const { return cells_.nr_blocks(); }

  void prefetch(std::uint64_t block) {
    if (block < nr_blocks()) __builtin_prefetch(&cells_.at(block), 1);
  }

  // `owner`: the lowest of those that map the block here, below owners_max. Returns the lowest
  // that did before, if another. Requires block < nr_blocks(). Any thread.
  std::optional<std::uint32_t> claim(std::uint64_t block, std::uint32_t owner,
                                     page::mapped_by here) {
    const bool several = here == page::mapped_by::several;
    auto& cell = cells_.at(block);
    auto before = cell.load(std::memory_order_relaxed);
    for (;;) {
      const auto after = before == nobody
                             ? pack(owner, here)
                             : pack(std::min(owner, owner_of(before)),
                                    several || several_at(before) || owner != owner_of(before)
                                        ? page::mapped_by::several
                                        : page::mapped_by::one_device);
      if (after == before || cell.compare_exchange_weak(before, after, std::memory_order_relaxed))
        break;
    }
    if (before == nobody || owner_of(before) == owner) return std::nullopt;
    return owner_of(before);
  }

  // Runs of blocks that are claimed alike: visit(first, count, owner, mapped_by). Not while
  // another thread claims.
  template <class Visit>
  void for_each_run(Visit visit) const {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    Number value = nobody;
    const auto flush = [&] {
      if (value != nobody)
        visit(first, count, owner_of(value),
              several_at(value) ? page::mapped_by::several : page::mapped_by::one_device);
    };
    for (std::uint64_t begin = 0; begin < nr_blocks(); begin += cells::region_blocks) {
      if (cells_.region_untouched(begin / cells::region_blocks)) continue;
      const auto* region = cells_.find(begin);
      const auto length = std::min(cells::region_blocks, nr_blocks() - begin);
      for (std::uint64_t i = 0; i < length; ++i) {
        const auto here = region[i].load(std::memory_order_relaxed);
        if (here == value && begin + i == first + count) {
          ++count;
          continue;
        }
        flush();
        first = begin + i;
        count = 1;
        value = here;
      }
    }
    flush();
  }

 private:
  using cells = pdata::sparse_cells<Number, 65536 / sizeof(Number)>;
  static constexpr Number nobody = 0;
  static constexpr std::uint32_t several_bit = owners_max + 1;

  static Number pack(std::uint32_t owner, page::mapped_by how_many) {
    return static_cast<Number>((owner + 1) |
                               (how_many == page::mapped_by::several ? several_bit : 0));
  }
  static std::uint32_t owner_of(Number cell) { return (cell & ~several_bit) - 1; }
  static bool several_at(Number cell) { return (cell & several_bit) != 0; }

  cells cells_;
};

}  // namespace thin_tools::report
