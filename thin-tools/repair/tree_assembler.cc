#include "thin-tools/repair/tree_assembler.h"

#include "persistent-data/format/btree_node.h"

namespace thin_tools {

using pdata::entry_list;
using pdata::metadata_block;
using pdata::node_index;

namespace {

constexpr std::size_t max_children = pdata::max_node_entries(pdata::child_value_bytes);
constexpr std::size_t min_children = max_children / 3;

}  // namespace

tree_assembler::tree_assembler(mapping_forest& forest, pdata::node_store& store,
                               std::function<metadata_block(metadata_block)> leaf_location)
    : forest_(forest),
      store_(store),
      leaf_location_(std::move(leaf_location)),
      written_(forest.graph().nr_nodes()) {}

metadata_block tree_assembler::write(metadata_block root) {
  const auto known = roots_.find(root);
  if (known != roots_.end()) return known->second;
  const auto node = forest_.good_node(root);
  const bool whole = node && !forest_.below(*node).damaged;
  return roots_[root] = whole ? write_whole(*node) : write_pieces(root);
}

// Children before their parents, which name them.
metadata_block tree_assembler::write_whole(node_index root) {
  const auto& graph = forest_.graph();
  struct frame {
    node_index index;
    std::uint32_t next_slot;
  };
  std::vector<frame> stack{{root, 0}};
  while (!stack.empty()) {
    const auto [index, slot] = stack.back();
    const auto& node = graph.node(index);
    if (written_[index] != 0) {
      stack.pop_back();
    } else if (node.state != pdata::node_state::internal) {
      written_[index] = leaf_location_(node.location);
    } else if (slot < node.nr_entries) {
      ++stack.back().next_slot;
      stack.push_back({*graph.find(graph.child(node, slot)), 0});
    } else {
      entry_list entries(pdata::child_value_bytes);
      for (std::uint32_t i = 0; i < node.nr_entries; ++i)
        entries.add_u64(graph.key(node, i), written_[*graph.find(graph.child(node, i))]);
      written_[index] = store_.write_internal(entries, 0, entries.size());
    }
  }
  return written_[root];
}

void tree_assembler::add_leaves(entry_list& to, const tree_piece& piece) {
  const auto& graph = forest_.graph();
  const auto add = [&](const pdata::graph_node& leaf) {
    if (leaf.nr_entries != 0) to.add_u64(leaf.first_key, leaf_location_(leaf.location));
  };
  const auto& node = graph.node(piece.node);
  if (piece.is_leaf) return add(node);
  for (std::uint32_t slot = 0; slot < node.nr_entries; ++slot)
    add(graph.node(*graph.find(graph.child(node, slot))));
}

std::vector<tree_assembler::group> tree_assembler::gather(metadata_block root) {
  std::vector<group> groups;
  const auto take = [&](const tree_piece& piece) {
    if (!piece.is_leaf) {
      groups.push_back({piece.node});
      return;
    }
    if (groups.empty() || groups.back().whole) groups.emplace_back();
    add_leaves(groups.back().leaves, piece);
    if (groups.back().leaves.empty()) groups.pop_back();
  };
  forest_.visit(root, {take, [](const hole&) {}});
  return groups;
}

void tree_assembler::open_up(group& whole) {
  if (!whole.whole) return;
  add_leaves(whole.leaves, {*whole.whole, false});
  whole.whole.reset();
}

// A run of leaves that is too short for a node joins the node beside it.
void tree_assembler::join_small_groups(std::vector<group>& groups) {
  std::vector<group> joined;
  const auto small = [&](const group& g) { return !g.whole && g.leaves.size() < min_children; };
  for (auto& next : groups) {
    if (joined.empty() || (!small(next) && !small(joined.back()))) {
      joined.push_back(std::move(next));
      continue;
    }
    auto& last = joined.back();
    open_up(last);
    open_up(next);
    for (std::size_t i = 0; i < next.leaves.size(); ++i)
      last.leaves.add(next.leaves.key(i), next.leaves.value(i));
  }
  groups = std::move(joined);
}

metadata_block tree_assembler::write_once(const entry_list& entries, std::size_t first,
                                          std::size_t count) {
  if (const auto known = assembled_.find(entries, first, count)) return *known;
  const auto location = store_.write_internal(entries, first, count);
  assembled_.remember(location, entries, first, count);
  return location;
}

// Full nodes, but for the last two, which share what is left.
void tree_assembler::write_balanced(const entry_list& entries, entry_list& parents) {
  std::size_t first = 0;
  while (first < entries.size()) {
    const std::size_t left = entries.size() - first;
    std::size_t count = std::min(left, max_children);
    if (left > max_children && left < max_children + min_children) count = left / 2;
    parents.add_u64(entries.key(first), write_once(entries, first, count));
    first += count;
  }
}

metadata_block tree_assembler::write_levels(const std::vector<group>& groups) {
  const auto& graph = forest_.graph();
  entry_list level(pdata::child_value_bytes);
  for (const auto& each : groups) {
    if (each.whole)
      level.add_u64(graph.key(graph.node(*each.whole), 0), write_whole(*each.whole));
    else
      write_balanced(each.leaves, level);
  }
  while (level.size() > 1) {
    entry_list above(pdata::child_value_bytes);
    write_balanced(level, above);
    level = std::move(above);
  }
  return level.value_u64(0);
}

metadata_block tree_assembler::write_pieces(metadata_block root) {
  auto groups = gather(root);
  join_small_groups(groups);
  if (groups.empty()) return store_.write_leaf(entry_list(pdata::child_value_bytes), 0, 0);
  // A tree of one leaf is that leaf.
  if (groups.size() == 1 && !groups[0].whole && groups[0].leaves.size() == 1)
    return groups[0].leaves.value_u64(0);
  return write_levels(groups);
}

}  // namespace thin_tools
