// What two trees of a device have not in common: states of the metadata share the rest.
#pragma once

#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "thin-tools/repair/scan/device_scan.h"

namespace thin_tools {

using node_set = std::unordered_set<pdata::metadata_block>;

// Without what lies below a node that both have.
struct tree_difference {
  node_set nodes[2];  // of the first and of the second tree alone
};

// Of a tree that is not there: 0.
tree_difference difference_between(const device_scan& device, pdata::metadata_block first,
                                   pdata::metadata_block second);

// Mappings of the leaves that only one of two trees has.
struct leaf_entries {
  std::unordered_map<std::uint64_t, std::uint64_t> values;  // by key
  std::unordered_map<pdata::metadata_block, std::vector<std::uint64_t>> keys;
  bool complete = true;
};

// Reads `nr_left` leaves at most, and takes off what was read.
leaf_entries read_leaves(const device_scan& device, const node_set& nodes, std::size_t& nr_left);

}  // namespace thin_tools
