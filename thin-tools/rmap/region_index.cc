#include "thin-tools/rmap/region_index.h"

#include <algorithm>
#include <bit>

#include "persistent-data/format/mapping_value.h"

namespace thin_tools {

namespace {

constexpr int parts_max_bits = 8;

}  // namespace

region_index::region_index(std::span<const region> regions) {
  constexpr pdata::data_block limit = pdata::mapping_block_max + 1;
  std::uint64_t nr_blocks = 0;
  for (const auto& [begin, end] : regions) {
    if (begin >= limit) break;
    regions_.push_back({{begin, std::min(end, limit)}, nr_blocks});
    nr_blocks += regions_.back().blocks.end - begin;
  }
  if (nr_blocks == 0) return;
  all_ = {regions_.front().blocks.begin, regions_.back().blocks.end};
  part_bits_ = std::max(0, static_cast<int>(std::bit_width(nr_blocks - 1)) - parts_max_bits);
  nr_parts_ = static_cast<std::size_t>((nr_blocks - 1) >> part_bits_) + 1;
}

const placed_region* region_index::find_among_all(pdata::data_block block) const {
  const auto after = std::ranges::upper_bound(
      regions_, block, {}, [](const placed_region& placed) { return placed.blocks.begin; });
  const placed_region& candidate = *std::prev(after);
  return candidate.holds(block) ? &candidate : nullptr;
}

}  // namespace thin_tools
