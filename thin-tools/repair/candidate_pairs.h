// Top level trees and details trees that belong together, judged by what they
// say of the devices.
#pragma once

#include <optional>
#include <vector>

#include "thin-tools/repair/evidence.h"
#include "thin-tools/repair/pool_trees.h"

namespace thin_tools {

struct root_pair {
  pdata::metadata_block mapping_root = 0;
  pdata::metadata_block details_root = 0;
  std::uint64_t nr_devices = 0;
  std::uint64_t nr_mappings = 0;  // by the details
  std::uint32_t newest_time = 0;
  std::uint64_t newest_transaction = 0;
};

// Of the given roots the pair with the most devices in common, if any are, or
// if both are empty. Details and top level that differ in a device speak
// against a pair.
std::optional<root_pair> best_agreement(pdata::batch_reader& reader,
                                        pdata::metadata_block nr_blocks,
                                        const std::vector<pdata::metadata_block>& mapping_roots,
                                        const std::vector<pdata::metadata_block>& details_roots);

// Everything on the device that may be the root of a top level or details tree.
struct root_candidates {
  std::vector<pdata::metadata_block> mapping_roots;
  std::vector<pdata::metadata_block> details_roots;
};
root_candidates find_candidates(const evidence& device);

// All pairs on the device with the same devices, undamaged trees and the number
// of mappings that the details say, the newest first.
std::vector<root_pair> agreeing_pairs(const evidence& device);

}  // namespace thin_tools
