#include "thin-tools/page/data_map.h"

#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/require.h"

namespace thin_tools::page {

data_map_builder::data_map_builder(std::uint64_t nr_data_blocks)
    : nr_data_blocks_(nr_data_blocks),
      blocks_per_cell_(std::max<std::uint64_t>(1, pdata::div_up(nr_data_blocks, cells_max))),
      cells_(pdata::to_size(pdata::div_up(nr_data_blocks, blocks_per_cell_))),
      owners_(cells_.size()) {
  for (std::size_t i = 0; i < cells_.size(); ++i)
    cells_[i].blocks = std::min(blocks_per_cell_, nr_data_blocks - i * blocks_per_cell_);
}

void data_map_builder::blocks(pdata::data_block first, std::uint64_t count, pdata::device_id owner,
                              mapped_by how_many) {
  REQUIRE(first < nr_data_blocks_ && count <= nr_data_blocks_ - first);
  while (count != 0) {
    const std::size_t cell = pdata::to_size(first / blocks_per_cell_);
    const auto here = std::min(count, std::uint64_t{cell + 1} * blocks_per_cell_ - first);
    cells_[cell].mapped += here;
    if (how_many == mapped_by::several) cells_[cell].shared += here;
    owners_[cell][owner] += here;
    first += here;
    count -= here;
  }
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

}  // namespace thin_tools::page
