#include "thin-tools/repair/output/reused_blocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
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

// A device of the superblock's state.
struct present_device {
  metadata_block root = 0;
  // When mappings of its own begin. None: its details cannot be read.
  std::optional<std::uint32_t> creation_time;
  std::optional<metadata_block> root_then;  // of its tree in the taken state, if it is there
};

// Those of the taken state first, then in the order in which they were made: mappings that
// several devices share are the first one's, and the others are its snapshots.
std::vector<present_device> list_devices(const pdata::top_level& top,
                                         const pdata::details_table& details,
                                         const repair_plan& plan) {
  std::vector<present_device> devices;
  for (const auto& [id, root] : top.roots) {
    present_device device{.root = root, .creation_time = {}, .root_then = {}};
    const auto now = details.devices.find(id);
    const auto then = std::ranges::find(plan.devices, id, &recovered_device::id);
    if (now != details.devices.end()) {
      device.creation_time = now->second.creation_time;
      // A device that was made anew under the same id was made by a later transaction.
      if (then != plan.devices.end() && then->details.creation_time == now->second.creation_time &&
          then->details.transaction_id == now->second.transaction_id)
        device.root_then = then->root;
    }
    devices.push_back(device);
  }
  std::ranges::stable_sort(devices, {}, [](const present_device& device) {
    return std::pair(!device.root_then, device.creation_time.value_or(0));
  });
  return devices;
}

// Leaves that the superblock's state has and the taken one has not, ascending.
struct own_leaves {
  std::vector<metadata_block> locations;
  std::vector<std::uint32_t> owners;  // in the list of devices, likewise
  bool whole = true;
};

own_leaves leaves_of(const repair_request& input, const std::vector<present_device>& devices,
                     const std::vector<metadata_block>& taken) {
  std::vector<metadata_block> roots;
  for (const auto& device : devices) roots.push_back(device.root);
  pdata::sort_unique(roots);
  pdata::tree_graph graph(input.reader, pdata::mapping_tree_shape, input.nr_blocks);
  graph.add(roots, nullptr);
  own_leaves found;
  std::vector<std::pair<metadata_block, std::uint32_t>> leaves;
  std::vector<bool> seen(graph.nr_nodes());
  std::vector<node_index> ahead;
  const auto go_to = [&](metadata_block location) {
    const auto node = graph.find(location);
    if (!node) found.whole = false;
    if (!node || seen[*node]) return;
    seen[*node] = true;
    ahead.push_back(*node);
  };
  for (std::uint32_t owner = 0; owner < devices.size(); ++owner) {
    go_to(devices[owner].root);
    while (!ahead.empty()) {
      const auto& node = graph.node(ahead.back());
      ahead.pop_back();
      if (node.state == node_state::bad) found.whole = false;
      if (node.state == node_state::internal)
        for (std::uint32_t slot = 0; slot < node.nr_entries; ++slot) go_to(graph.child(node, slot));
      const bool is_leaf = node.state == node_state::leaf || node.state == node_state::unread;
      if (is_leaf && !std::ranges::binary_search(taken, node.location))
        leaves.emplace_back(node.location, owner);
    }
  }
  std::ranges::sort(leaves);
  for (const auto& [location, owner] : leaves) {
    found.locations.push_back(location);
    found.owners.push_back(owner);
  }
  return found;
}

constexpr std::size_t leaves_max = std::size_t{1} << 16;  // 384 MiB of mappings in memory

using key_and_value = std::pair<std::uint64_t, std::uint64_t>;

struct own_mapping {
  key_and_value entry;
  std::uint32_t owner;
  bool was_there = false;
};

// Whether the leaf is the one of this tree where the key belongs.
bool has_leaf(mapping_forest& forest, const forest_place& place, std::uint64_t key,
              metadata_block leaf) {
  bool has = false;
  forest.for_each_node_at(place, [&](node_index index) {
    if (has) return;
    if (forest.is_agreed_leaf(index)) {
      for (const auto& part : forest.agreed(index).parts)
        has = has || std::ranges::find(part.sources, leaf) != part.sources.end();
      return;
    }
    const auto& node = forest.graph().node(index);
    if (!forest.is_internal(index)) {
      has = node.location == leaf;
      return;
    }
    std::uint32_t slot = 0;
    while (slot + 1 < node.nr_entries && forest.graph().key(node, slot + 1) <= key) ++slot;
    has = has_leaf(forest, forest.at_slot(index, slot), key, leaf);
  });
  return has;
}

// Marks those that the taken state has: in the tree of their device or, of a device that it does
// not know, in any, since the device may be a snapshot of that one. Sorted.
bool mark_known(std::vector<own_mapping>& mappings, const std::vector<present_device>& devices,
                pdata::batch_reader& reader, const repair_plan& plan) {
  metadata_block read_last = 0;
  std::map<std::uint32_t, bool> owns;  // the leaf that was read last
  return read_leaves(reader, plan.leaf_locations,
                     [&](metadata_block leaf, std::uint64_t key, std::uint64_t value) {
                       if (leaf != read_last) owns.clear();
                       read_last = leaf;
                       for (auto& mapping : std::ranges::equal_range(
                                mappings, key_and_value(key, value), {}, &own_mapping::entry)) {
                         const auto& root = devices[mapping.owner].root_then;
                         if (!root) {
                           mapping.was_there = true;
                           continue;
                         }
                         const auto [known, is_new] = owns.try_emplace(mapping.owner, false);
                         if (is_new)
                           known->second =
                               has_leaf(*plan.forest, plan.forest->at_root(*root), key, leaf);
                         if (known->second) mapping.was_there = true;
                       }
                     });
}

// The data blocks of those mappings that were made after the taken state, ascending.
std::vector<pdata::data_block> given_since(const std::vector<own_mapping>& mappings,
                                           const std::vector<present_device>& devices) {
  std::vector<pdata::data_block> blocks;
  for (const auto& mapping : mappings) {
    const auto& owner = devices[mapping.owner];
    const auto [block, time] = pdata::unpack_mapping(mapping.entry.second);
    const bool is_its_own = !owner.root_then && owner.creation_time && time >= *owner.creation_time;
    if (!mapping.was_there || is_its_own) blocks.push_back(block);
  }
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
  const auto top = read_top_level(input.reader, superblock->mapping_root, input.nr_blocks);
  const auto details = read_details(input.reader, superblock->details_root, input.nr_blocks);
  const auto devices = list_devices(top, details, plan);
  const auto own = leaves_of(input, devices, plan.leaf_locations);
  if (own.locations.size() > leaves_max) {
    plan.notes.push_back(
        "Data blocks of the state that is taken may have been overwritten since: the superblock's "
        "state differs in too much to be held against it.");
    return;
  }
  pdata::batch_reader reader(input.reader.device(), 1);  // one mapping after the other
  std::vector<own_mapping> mappings;
  std::size_t at = 0;
  bool whole = read_leaves(reader, own.locations,
                           [&](metadata_block leaf, std::uint64_t key, std::uint64_t value) {
                             while (own.locations[at] != leaf) ++at;
                             mappings.push_back({.entry = {key, value}, .owner = own.owners[at]});
                           }) &&
               own.whole && !top.damaged() && !details.damaged();
  std::ranges::sort(mappings, {}, &own_mapping::entry);
  whole = mark_known(mappings, devices, reader, plan) && whole;
  const auto blocks = given_since(mappings, devices);
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
