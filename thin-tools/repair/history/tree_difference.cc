#include "thin-tools/repair/history/tree_difference.h"

#include <algorithm>
#include <memory>

#include "persistent-data/btree/tree_graph.h"

namespace thin_tools {

using pdata::metadata_block;

tree_difference difference_between(const device_scan& device, metadata_block first,
                                   metadata_block second) {
  tree_difference found;
  if (first == second) return found;
  const metadata_block roots[2] = {first, second};
  std::uint64_t height = 0;
  for (const auto root : roots) height = std::max(height, device.children.tree_depth(root));
  node_set level[2];
  for (; height > 0; --height) {
    for (int side = 0; side < 2; ++side)
      if (device.children.tree_depth(roots[side]) == height) level[side].insert(roots[side]);
    node_set below[2];
    for (int side = 0; side < 2; ++side)
      for (const auto node : level[side]) {
        if (level[1 - side].contains(node)) continue;
        found.nodes[side].insert(node);
        for (const auto child : device.children.of(node)) below[side].insert(child);
      }
    for (int side = 0; side < 2; ++side) level[side] = std::move(below[side]);
  }
  return found;
}

leaf_entries read_leaves(const device_scan& device, const node_set& nodes, std::size_t& nr_left) {
  leaf_entries found;
  const auto block = std::make_unique<pdata::block_buffer>();
  for (const auto b : nodes) {
    if (device.scan[b].is != pdata::block_class::leaf) continue;
    if (nr_left == 0 || !device.reader.device().read(b, block->span()).ok()) {
      found.complete = false;
      return found;
    }
    --nr_left;
    const auto examined = pdata::tree_graph::examine(block->view(), b, pdata::mapping_tree_shape);
    const auto* leaf = std::get_if<pdata::node_view>(&examined);
    if (leaf == nullptr) {
      found.complete = false;
      return found;
    }
    auto& keys = found.keys[b];
    for (std::uint32_t i = 0; i < leaf->nr_entries(); ++i) {
      found.values.emplace(leaf->key(i), leaf->value_u64(i));
      keys.push_back(leaf->key(i));
    }
  }
  return found;
}

}  // namespace thin_tools
