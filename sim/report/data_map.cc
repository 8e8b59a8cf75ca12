#include "sim/report/data_map.h"

#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/require.h"

namespace sim::report {

data_map_builder::data_map_builder(std::uint64_t nr_data_blocks)
    : nr_data_blocks_(nr_data_blocks),
      blocks_per_cell_(std::max<std::uint64_t>(1, pdata::div_up(nr_data_blocks, cells_max))),
      cells_(pdata::div_up(nr_data_blocks, blocks_per_cell_)),
      owners_(cells_.size()) {
  for (std::size_t i = 0; i < cells_.size(); ++i)
    cells_[i].blocks = std::min(blocks_per_cell_, nr_data_blocks - i * blocks_per_cell_);
}

void data_map_builder::block(pdata::data_block block, pdata::device_id owner, bool shared) {
  REQUIRE(block < nr_data_blocks_);
  const std::uint64_t cell = block / blocks_per_cell_;
  ++cells_[cell].mapped;
  cells_[cell].shared += shared;
  ++owners_[cell][owner];
}

std::vector<map_cell> data_map_builder::finish() const {
  std::vector<map_cell> cells = cells_;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    std::uint64_t most = 0;
    for (const auto& [owner, blocks] : owners_[i]) {
      if (blocks <= most) continue;
      most = blocks;
      cells[i].owner = owner;
    }
  }
  return cells;
}

}  // namespace sim::report
