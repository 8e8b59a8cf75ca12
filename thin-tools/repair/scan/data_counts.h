// What leaves map, held against a data space map.
#pragma once

#include <optional>
#include <span>
#include <unordered_map>

#include "persistent-data/format/space_map_root.h"
#include "persistent-data/space-map/count_differences.h"
#include "thin-tools/repair/pool_view.h"
#include "thin-tools/repair/scan/census.h"

namespace thin_tools {

struct data_comparison {
  bool complete = false;          // the map could be read as a whole
  bool consistent = false;        // and contradicts itself nowhere
  bool total_known = false;       // the superblock's number of blocks in use is part of that
  std::uint64_t nr_too_high = 0;  // data blocks that are counted more often than mapped
  std::uint64_t nr_too_low = 0;
  std::vector<pdata::count_difference> runs;  // the first of either

  // No map of another state would do.
  bool sound() const { return consistent && total_known; }
};

data_comparison compare_data_counts(const repair_request& input, const pdata::space_map_root& map,
                                    const pdata::ref_counts& mapped);

// Of data blocks that these leaves, which are all that there are, map more often than they are
// counted: the counts. None: the map is not sound.
std::optional<std::unordered_map<pdata::data_block, std::uint32_t>> mapped_too_often(
    const repair_request& input, const pdata::space_map_root& map,
    std::span<const pdata::metadata_block> leaves);

}  // namespace thin_tools
