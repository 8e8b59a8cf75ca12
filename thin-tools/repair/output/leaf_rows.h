// Rows of leaves below a node, cut anew so that none is too small.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "persistent-data/btree/tree_graph.h"
#include "persistent-data/format/btree_node.h"

namespace thin_tools {

inline constexpr std::size_t leaf_entries_max = pdata::max_node_entries(pdata::child_value_bytes);
// What the kernel leaves in a leaf, and thin_check of thin-provisioning-tools 0.9.0 asks for.
inline constexpr std::size_t leaf_entries_min = leaf_entries_max / 3;

// Consecutive entries of a leaf that is kept.
struct leaf_slice {
  pdata::node_index leaf = 0;
  std::uint32_t first = 0;
  std::uint32_t count = 0;

  friend auto operator<=>(const leaf_slice&, const leaf_slice&) = default;
};

// What one leaf is made of, in key order.
using leaf_recipe = std::vector<leaf_slice>;

std::size_t nr_entries(const leaf_recipe& leaf);

// The same entries in the same order: leaves that are too small join those beside them, and what
// does not fit into one leaf is shared out evenly. One leaf alone may stay too small.
std::vector<leaf_recipe> without_small_leaves(std::vector<leaf_recipe> row);

}  // namespace thin_tools
