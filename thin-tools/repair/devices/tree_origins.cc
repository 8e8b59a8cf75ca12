#include "thin-tools/repair/devices/tree_origins.h"

#include <algorithm>
#include <mutex>
#include <unordered_set>

#include "persistent-data/format/mapping_value.h"

namespace thin_tools {

using pdata::metadata_block;
using pdata::node_index;
using pdata::node_state;

namespace {

// Of a large tree a part tells enough.
constexpr std::size_t old_things_max = 65536;
constexpr std::size_t young_leaves_max = 256;

}  // namespace

tree_origins::tree_origins(const mapping_forest& forest, pdata::batch_reader& reader,
                           const past_trees& past, node_index root) {
  const auto& graph = forest.graph();
  std::vector<node_index> tasks{root};
  std::unordered_set<node_index> entered{root};
  std::vector<metadata_block> young_leaves;
  while (!tasks.empty() && nodes_.size() < old_things_max) {
    const auto index = tasks.back();
    tasks.pop_back();
    const auto& node = graph.node(index);
    const bool internal = node.state == node_state::internal;
    if (past.live(node.location)) {
      // A leaf without entries has no key to look for.
      if (node.nr_entries != 0)
        nodes_.push_back({internal ? graph.key(node, 0) : node.first_key, node.location});
      continue;
    }
    if (!internal && young_leaves.size() < young_leaves_max) young_leaves.push_back(node.location);
    for (std::uint32_t slot = 0; internal && slot < node.nr_entries; ++slot) {
      const auto child = forest.good_node(graph.child(node, slot));
      if (child && entered.insert(*child).second) tasks.push_back(*child);
    }
  }
  std::ranges::sort(young_leaves);
  add_young_leaves(reader, past, std::move(young_leaves));
}

// What maps a data block that was in use before is no new mapping.
void tree_origins::add_young_leaves(pdata::batch_reader& reader, const past_trees& past,
                                    std::vector<metadata_block> leaves) {
  std::mutex mutex;
  reader.read(leaves, [&](const pdata::read_block& block) {
    if (!block.outcome.ok()) return;
    const auto outcome = pdata::node_view::parse(block.bytes);
    const auto* leaf = std::get_if<pdata::node_view>(&outcome);
    const std::lock_guard lock(mutex);
    for (std::uint32_t i = 0; leaf != nullptr && i < leaf->nr_entries(); ++i) {
      const auto value = leaf->value_u64(i);
      if (mappings_.size() < old_things_max &&
          past.data_block_in_use(pdata::unpack_mapping(value).block))
        mappings_.push_back({leaf->key(i), value});
    }
  });
  std::ranges::sort(mappings_, {}, &old_mapping::key);
}

bool tree_origins::may_come_from(const past_trees& past, pdata::device_id device) const {
  return std::ranges::all_of(nodes_,
                             [&](const old_node& node) {
                               return past.contains(device, node.key, node.location) !=
                                      past_answer::no;
                             }) &&
         std::ranges::all_of(mappings_, [&](const old_mapping& mapping) {
           return past.maps(device, mapping.key, mapping.value) != past_answer::no;
         });
}

}  // namespace thin_tools
