// Walks over a mapping_forest that come to each distinct node once, however many
// devices share it: what a repair costs follows the nodes that are on the disk.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "thin-tools/repair/trees/device_trees.h"

namespace thin_tools {

struct forest_order {
  std::vector<pdata::node_index> nodes;  // every node before those that hang below it
  std::vector<hole_id> circular;         // whose grafts lead back to a node above the hole
};

// The good nodes that can be reached from the roots, grafts included. What is
// below a node comes along if `enters` says so of it.
forest_order parents_first(mapping_forest& forest, std::span<const pdata::metadata_block> roots,
                           const std::function<bool(pdata::node_index)>& enters);

// An internal node somewhere below which something is missing.
bool has_holes(mapping_forest& forest, pdata::node_index good_node);

// Visits the holes, once for each edge that leads there, with the keys that all
// ways from the roots have in common.
void for_each_hole(mapping_forest& forest, std::span<const pdata::metadata_block> roots,
                   const std::function<void(const hole&)>& visit);

// The holes of one tree in key order, each with its keys in this tree. Ends when
// `visit` returns false, or after `nr_looks` looks at a slot, which it counts down.
void list_holes(mapping_forest& forest, pdata::metadata_block root, std::uint64_t& nr_looks,
                const std::function<bool(const hole&)>& visit);

}  // namespace thin_tools
