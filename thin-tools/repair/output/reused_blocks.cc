#include "thin-tools/repair/output/reused_blocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <unordered_map>
#include <utility>
#include <vector>

#include "persistent-data/base/sort_unique.h"
#include "persistent-data/btree/tree_graph.h"
#include "persistent-data/format/mapping_value.h"
#include "thin-tools/repair/trees/forest_order.h"

namespace thin_tools {

using pdata::metadata_block;
using pdata::node_index;
using pdata::node_state;

namespace {

using key_and_value = std::pair<std::uint64_t, std::uint64_t>;

// Calls visit(leaf, key, value) for each mapping of the leaves, which ascend. False: not all of
// them can be read.
template <class Visit>
bool read_leaves(pdata::batch_reader& reader, const std::vector<metadata_block>& leaves,
                 Visit visit) {
  bool whole = true;
  reader.read(leaves, [&](const pdata::read_block& block) {
    const auto outcome = pdata::tree_graph::examine(block, pdata::mapping_tree_shape);
    const auto* leaf = std::get_if<pdata::node_view>(&outcome);
    if (leaf == nullptr) {
      whole = false;
      return;
    }
    for (std::uint32_t i = 0; i < leaf->nr_entries(); ++i)
      visit(block.location, leaf->key(i), leaf->value_u64(i));
  });
  return whole;
}

// Leaves that the superblock's state has and the taken one has not, ascending.
struct own_leaves {
  std::vector<metadata_block> locations;
  bool whole = true;
};

own_leaves leaves_of_superblock(const repair_request& input, metadata_block mapping_root,
                                const std::vector<metadata_block>& taken) {
  const auto top = read_top_level(input.reader, mapping_root, input.nr_blocks);
  std::vector<metadata_block> roots;
  for (const auto& [id, root] : top.roots) roots.push_back(root);
  pdata::sort_unique(roots);
  pdata::tree_graph graph(input.reader, pdata::mapping_tree_shape, input.nr_blocks);
  graph.add(roots, nullptr);
  own_leaves found{.locations = {}, .whole = !top.damaged()};
  for (node_index i = 0; i < graph.nr_nodes(); ++i) {
    const auto& node = graph.node(i);
    if (node.state == node_state::bad) found.whole = false;
    const bool is_leaf = node.state == node_state::leaf || node.state == node_state::unread;
    if (is_leaf && !std::ranges::binary_search(taken, node.location))
      found.locations.push_back(node.location);
  }
  std::ranges::sort(found.locations);
  return found;
}

constexpr std::size_t leaves_max = std::size_t{1} << 16;  // 256 MiB of mappings in memory

// The data blocks of those mappings that no leaf has of the others, ascending.
std::vector<pdata::data_block> mapped_otherwise(std::vector<key_and_value> mappings,
                                                pdata::batch_reader& reader,
                                                const std::vector<metadata_block>& others) {
  pdata::sort_unique(mappings);
  std::vector<bool> in_both(mappings.size());
  read_leaves(reader, others, [&](metadata_block, std::uint64_t key, std::uint64_t value) {
    const auto at = std::ranges::lower_bound(mappings, key_and_value(key, value));
    if (at != mappings.end() && *at == key_and_value(key, value))
      in_both[static_cast<std::size_t>(at - mappings.begin())] = true;
  });
  std::vector<pdata::data_block> blocks;
  for (std::size_t i = 0; i < mappings.size(); ++i)
    if (!in_both[i]) blocks.push_back(pdata::unpack_mapping(mappings[i].second).block);
  pdata::sort_unique(blocks);
  return blocks;
}

void count_for_devices(repair_plan& plan, const std::vector<node_index>& parents_first,
                       const std::unordered_map<metadata_block, std::uint64_t>& of_leaves) {
  auto& forest = *plan.forest;
  std::vector<std::uint64_t> sums(forest.nr_nodes());
  for (const auto index : std::views::reverse(parents_first)) {
    if (forest.is_agreed_leaf(index)) continue;
    if (forest.is_internal(index)) {
      forest.for_each_child(index, [&](node_index child) { sums[index] += sums[child]; });
      continue;
    }
    const auto known = of_leaves.find(forest.graph().node(index).location);
    if (known != of_leaves.end()) sums[index] = known->second;
  }
  for (auto& device : plan.devices)
    forest.for_each_node_at(forest.at_root(device.root),
                            [&](node_index root) { device.nr_reused += sums[root]; });
}

}  // namespace

void tell_reused_blocks(const repair_request& input, const pool_view& view, repair_plan& plan) {
  const auto& superblock = view.roots.superblock;
  if (!superblock || superblock->mapping_root == view.roots.mapping_root) return;
  plan.unproven.push_back(fmt::format(
      "another state than the superblock's is taken (mapping root {}, details root {}): "
      "what only that one has is not in the result",
      superblock->mapping_root, superblock->details_root));
  const auto own = leaves_of_superblock(input, superblock->mapping_root, plan.leaf_locations);
  if (own.locations.size() > leaves_max) {
    plan.notes.push_back(
        "Data blocks of the state that is taken may have been overwritten since: the superblock's "
        "state differs in too much to be held against it.");
    return;
  }
  pdata::batch_reader reader(input.reader.device(), 1);  // one mapping after the other
  std::vector<key_and_value> mappings;
  bool whole = read_leaves(reader, own.locations,
                           [&](metadata_block, std::uint64_t key, std::uint64_t value) {
                             mappings.emplace_back(key, value);
                           }) &&
               own.whole;
  const auto blocks = mapped_otherwise(std::move(mappings), reader, plan.leaf_locations);
  std::unordered_map<metadata_block, std::uint64_t> of_leaves;
  whole = read_leaves(reader, plan.leaf_locations,
                      [&](metadata_block leaf, std::uint64_t, std::uint64_t value) {
                        if (std::ranges::binary_search(blocks, pdata::unpack_mapping(value).block))
                          ++of_leaves[leaf];
                      }) &&
          whole;
  std::vector<metadata_block> roots;
  for (const auto& device : plan.devices) roots.push_back(device.root);
  count_for_devices(plan, parents_first(*plan.forest, roots, [](node_index) { return true; }).nodes,
                    of_leaves);
  plan.notes.push_back(fmt::format(
      "Data blocks of the state that is taken may have been overwritten since. Those that "
      "the superblock's state maps elsewhere are counted below{}; of others nothing tells.",
      whole ? "" : ", as far as its trees can be read"));
}

}  // namespace thin_tools
