#include "thin-tools/repair/states/past_trees.h"

#include <algorithm>
#include <mutex>

#include "persistent-data/format/mapping_value.h"

namespace thin_tools {

using pdata::metadata_block;

past_trees::past_trees(pdata::batch_reader& reader, metadata_block nr_blocks,
                       std::uint64_t nr_data_blocks, const past_state& state)
    : reader_(reader), state_(state), data_blocks_(nr_data_blocks), forest_(reader, nr_blocks) {
  std::vector<metadata_block> roots;
  for (const auto& [id, root] : state.top.roots) roots.push_back(root);
  std::ranges::sort(roots);
  const auto repeated = std::ranges::unique(roots);
  roots.erase(repeated.begin(), repeated.end());
  std::mutex mutex;
  forest_.read(roots, [&](const pdata::visited_leaf& leaf) {
    std::uint32_t newest = 0;
    for (std::uint32_t i = 0; i < leaf.node.nr_entries(); ++i) {
      const auto mapping = pdata::unpack_mapping(leaf.node.value_u64(i));
      if (mapping.block >= data_blocks_.nr_blocks()) continue;
      data_blocks_.increment(mapping.block);
      newest = std::max(newest, mapping.time);
    }
    const std::lock_guard lock(mutex);
    newest_time_ = std::max(newest_time_, newest);
  });
  for (const auto& [id, details] : state.details.devices)
    newest_time_ = std::max({newest_time_, details.creation_time, details.snapshotted_time});
}

bool past_trees::believable(const present_state& present, const pdata::block_scan& scan) {
  const auto explained = [&](const forest_place& place) {
    if (place.node) return true;
    if (place.id.edge != 0 || place.id.location >= present.nr_blocks) return false;
    const auto is = scan[place.id.location].is;
    return present.live[place.id.location] ||
           (!present.all_known &&
            (is == pdata::block_class::unusable || is == pdata::block_class::blank));
  };
  for (const auto& [id, root] : state_.top.roots) {
    if (!explained(forest_.at_root(root))) return false;
    const auto node = forest_.good_node(root);
    const auto details = state_.details.devices.find(id);
    if (!node || details == state_.details.devices.end()) continue;
    const auto tree = forest_.below(*node);
    if (!tree.damaged && tree.nr_values != details->second.mapped_blocks) return false;
  }
  const auto& graph = forest_.graph();
  for (pdata::node_index i = 0; i < graph.nr_nodes(); ++i) {
    const auto& node = graph.node(i);
    if (node.state != pdata::node_state::internal || !forest_.below(i).damaged) continue;
    for (std::uint32_t slot = 0; slot < node.nr_entries; ++slot)
      if (!explained(forest_.at_slot(i, slot))) return false;
  }
  return true;
}

namespace {

// The child that a key leads to; none: it is below all of them.
std::optional<std::uint32_t> slot_for(const pdata::tree_graph& graph, const pdata::graph_node& node,
                                      std::uint64_t key) {
  std::uint32_t begin = 0;
  std::uint32_t end = node.nr_entries;
  while (begin < end) {
    const auto middle = begin + (end - begin) / 2;
    if (graph.key(node, middle) <= key)
      begin = middle + 1;
    else
      end = middle;
  }
  if (begin == 0) return std::nullopt;
  return begin - 1;
}

// Goes down towards a key, as long as `go_on` says so of where it gets.
template <class GoOn>
void descend(const mapping_forest& forest, metadata_block root, std::uint64_t key, GoOn go_on) {
  const auto& graph = forest.graph();
  auto at = root;
  for (std::size_t depth = 0; depth <= graph.nr_nodes(); ++depth) {
    const auto index = forest.good_node(at);
    if (!go_on(at, index) || !index) return;
    const auto& node = graph.node(*index);
    if (node.state != pdata::node_state::internal) return;
    const auto slot = slot_for(graph, node, key);
    if (!slot) return;
    at = graph.child(node, *slot);
  }
}

}  // namespace

past_answer tree_contains(const mapping_forest& forest, metadata_block root, std::uint64_t key,
                          metadata_block location) {
  auto answer = past_answer::no;
  descend(forest, root, key, [&](metadata_block at, const auto& node) {
    if (at == location)
      answer = past_answer::yes;
    else if (!node)
      answer = past_answer::unknown;
    return answer == past_answer::no;
  });
  return answer;
}

const past_trees::cached_leaf& past_trees::leaf_at(metadata_block location) const {
  if (cached_.location == location) return cached_;
  cached_ = {location, {}};
  const metadata_block wanted[] = {location};
  reader_.read(wanted, [&](const pdata::read_block& block) {
    if (!block.outcome.ok()) return;
    const auto outcome = pdata::node_view::parse(block.bytes);
    const auto* leaf = std::get_if<pdata::node_view>(&outcome);
    for (std::uint32_t i = 0; leaf != nullptr && i < leaf->nr_entries(); ++i)
      cached_.entries.emplace_back(leaf->key(i), leaf->value_u64(i));
  });
  return cached_;
}

past_answer past_trees::maps(pdata::device_id device, std::uint64_t key,
                             std::uint64_t value) const {
  auto answer = past_answer::no;
  descend(forest_, state_.top.roots.at(device), key, [&](metadata_block at, const auto& node) {
    if (!node) {
      answer = past_answer::unknown;
    } else if (forest_.graph().node(*node).state == pdata::node_state::leaf) {
      const auto& entries = leaf_at(at).entries;
      const auto found =
          std::ranges::lower_bound(entries, key, {}, [](const auto& e) { return e.first; });
      if (found != entries.end() && *found == std::pair(key, value)) answer = past_answer::yes;
    }
    return true;
  });
  return answer;
}

bool past_trees::data_block_in_use(pdata::data_block b) const {
  return b < data_blocks_.nr_blocks() && data_blocks_.get(b) != 0;
}

}  // namespace thin_tools
