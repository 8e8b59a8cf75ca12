// Top level trees and details trees that belong together, judged by what they
// say of the devices.
#pragma once

#include <optional>
#include <vector>

#include "persistent-data/btree/tree_judge.h"
#include "thin-tools/repair/scan/device_scan.h"
#include "thin-tools/repair/scan/small_trees.h"

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
std::optional<root_pair> best_agreement(const device_scan& device,
                                        const std::vector<pdata::metadata_block>& mapping_roots,
                                        const std::vector<pdata::metadata_block>& details_roots);

// The one root that names nothing but trees that no node refers to, where the details do
// not tell which it is.
std::optional<pdata::metadata_block> only_top_level(
    const device_scan& device, const std::vector<pdata::metadata_block>& roots);

// Chooses trees to be read as long as they do not come to more than a bound: many
// candidates may stand above the same nodes.
class tree_allowance {
 public:
  explicit tree_allowance(const device_scan& device)
      : device_(device), nodes_left_(device.scan.nr_blocks() * 4 + (1U << 18)) {}

  bool admits(pdata::metadata_block root) {
    const auto size = device_.children.tree_size(root);
    if (size > nodes_left_ || device_.children.tree_depth(root) > pdata::max_tree_depth)
      return false;
    nodes_left_ -= size;
    return true;
  }

 private:
  const device_scan& device_;
  std::uint64_t nodes_left_;
};

// Everything on the device that may be the root of a top level or details tree, as far
// as the allowance goes.
struct root_candidates {
  std::vector<pdata::metadata_block> mapping_roots;
  std::vector<pdata::metadata_block> details_roots;
};
root_candidates find_candidates(const device_scan& device);

// All pairs on the device with the same devices, undamaged trees and the number
// of mappings that the details say, the newest first.
std::vector<root_pair> agreeing_pairs(const device_scan& device);

}  // namespace thin_tools
