// Sums the data device up in a fixed number of cells, for the map of the page:
// who has most of each stretch, and how much of it is shared.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "persistent-data/base/ids.h"

namespace thin_tools::page {

// A stretch of the data device in the map.
struct map_cell {
  std::uint64_t blocks = 0;
  std::uint64_t mapped = 0;
  std::uint64_t shared = 0;               // mapped by several devices
  std::optional<pdata::device_id> owner;  // of most of its blocks; none: free

  friend bool operator==(const map_cell&, const map_cell&) = default;
};

enum class mapped_by : std::uint8_t { one_device, several };

class data_map_builder {
 public:
  static constexpr std::uint64_t cells_max = 4096;

  explicit data_map_builder(std::uint64_t nr_data_blocks);

  // A block in use, once, and the device that it is counted for. Requires block < nr_data_blocks.
  void block(pdata::data_block block, pdata::device_id owner, mapped_by how_many) {
    blocks(block, 1, owner, how_many);
  }
  // Consecutive ones. Requires that all are below nr_data_blocks.
  void blocks(pdata::data_block first, std::uint64_t count, pdata::device_id owner,
              mapped_by how_many);

  // Of equal shares the lower device id owns the cell.
  std::vector<map_cell> finish() const;

 private:
  std::uint64_t nr_data_blocks_;
  std::uint64_t blocks_per_cell_;
  std::vector<map_cell> cells_;
  std::vector<std::map<pdata::device_id, std::uint64_t>> owners_;  // blocks of each, by cell
};

}  // namespace thin_tools::page
