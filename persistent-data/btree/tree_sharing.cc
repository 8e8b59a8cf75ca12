#include "persistent-data/btree/tree_sharing.h"

#include <algorithm>

#include "persistent-data/base/range_union.h"

namespace pdata {

namespace {

// Snapshots share with their neighbours: a set has few ranges. What needs more than
// this was put together to need it, and sets may come to hold half of these.
constexpr std::uint64_t ranges_united_max = std::uint64_t{1} << 25;

}  // namespace

tree_sharing::tree_sharing(const tree_graph& graph, tree_judge& judge,
                           std::span<const metadata_block> roots)
    : graph_(graph), judge_(judge), set_of_(graph.nr_nodes(), no_owners) {
  intern({});
  std::vector<bool> entered(graph.nr_nodes());
  for (const auto root : roots) {
    const auto index = graph.find(root);
    if (!index) continue;
    judge.prepare(*index);
    order_from(*index, entered);
  }
  std::ranges::reverse(parents_first_);

  std::uint32_t owner = 0;
  for (const auto root : roots) {
    if (const auto index = graph.find(root))
      set_of_[*index] = unite(set_of_[*index], intern({{owner, owner + 1}}));
    ++owner;
  }
  for (const auto index : parents_first_) {
    const graph_node& parent = graph.node(index);
    for (std::uint32_t slot = 0; slot < parent.nr_entries; ++slot) {
      if (judge_.edge_fault(index, slot) != nullptr) continue;
      const auto child = *graph.find(graph.child(parent, slot));
      set_of_[child] = unite(set_of_[child], set_of_[index]);
    }
  }
}

// Appends the internal nodes that are met for the first time, children before
// parents. Good edges make no loop: the judge has cut them.
void tree_sharing::order_from(node_index root, std::vector<bool>& entered) {
  struct frame {
    node_index index;
    std::uint32_t next_slot;
  };
  std::vector<frame> stack;
  const auto enter = [&](node_index index) {
    if (graph_.node(index).state != node_state::internal || entered[index]) return;
    entered[index] = true;
    stack.push_back({index, 0});
  };
  enter(root);
  while (!stack.empty()) {
    const auto [index, slot] = stack.back();
    const graph_node& node = graph_.node(index);
    if (slot == node.nr_entries) {
      parents_first_.push_back(index);
      stack.pop_back();
      continue;
    }
    ++stack.back().next_slot;
    if (judge_.edge_fault(index, slot) == nullptr) enter(*graph_.find(graph_.child(node, slot)));
  }
}

owner_set_id tree_sharing::intern(std::vector<owner_set::range> ranges) {
  const auto [at, is_new] =
      interned_.try_emplace(std::move(ranges), static_cast<owner_set_id>(sets_.size()));
  if (is_new) {
    owner_set made{at->first, 0};
    for (const auto& [begin, end] : made.ranges) made.size += end - begin;
    sets_.push_back(std::move(made));
  }
  return at->second;
}

owner_set_id tree_sharing::unite(owner_set_id a, owner_set_id b) {
  if (a == b || b == no_owners) return a;
  if (a == no_owners) return b;
  const std::uint64_t both = std::uint64_t{std::min(a, b)} << 32 | std::max(a, b);
  if (const auto known = unions_.find(both); known != unions_.end()) return known->second;

  nr_ranges_united_ += sets_[a].ranges.size() + sets_[b].ranges.size();
  if (nr_ranges_united_ > ranges_united_max)
    throw sharing_too_complex(
        "the devices share nodes in too many different ways: this is no metadata of a pool in use");
  std::vector<owner_set::range> ranges;
  std::ranges::merge(sets_[a].ranges, sets_[b].ranges, std::back_inserter(ranges));
  unite_sorted_ranges(ranges);
  return unions_[both] = intern(std::move(ranges));
}

}  // namespace pdata
