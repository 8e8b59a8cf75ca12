#include "persistent-data/btree/tree_judge.h"

#include <algorithm>
#include <unordered_set>

#include "persistent-data/format/damage_catalogue.h"
#include "persistent-data/io/validate.h"

namespace pdata {

key_range slot_range(const tree_graph& graph, const graph_node& parent, std::uint32_t slot,
                     const key_range& whole) {
  // Keys below the first separator are looked up in the first child.
  key_range range{slot == 0 ? whole.begin : graph.key(parent, slot), whole.end};
  if (slot + 1 < parent.nr_entries) range.end = graph.key(parent, slot + 1);
  return intersect(range, whole);
}

tree_judge::subtree tree_judge::below(node_index good_node) const {
  const graph_node& node = graph_.node(good_node);
  if (node.state == node_state::internal) return internal_.at(good_node);
  if (node.state == node_state::skipped) return {};
  // Of an unread leaf only the height is known.
  return {.nr_values = node.nr_entries,
          .first_key = node.first_key,
          .last_key = node.last_key,
          .height = 0,
          .empty = node.nr_entries == 0,
          .damaged = !graph_.leaf_faults(good_node).empty()};
}

// The fault of the edge from `parent` to the child at `slot`. The first good
// child sets the height that the others must have.
std::optional<node_fault> tree_judge::judge_edge(const graph_node& parent, std::uint32_t slot,
                                                 int& height) {
  const auto location = graph_.child(parent, slot);
  const auto child = graph_.find(location);
  if (!child) return node_fault{damage_id::block_out_of_range, graph_.nr_blocks(), location};
  if (graph_.node(*child).state == node_state::bad) return graph_.fault(*child);
  const subtree tree = below(*child);
  if (tree.in_progress) return node_fault{damage_id::node_loop};
  if (tree.depth >= max_tree_depth)
    return node_fault{damage_id::node_depth, max_tree_depth - 1,
                      static_cast<std::uint64_t>(tree.depth)};

  const auto separator = graph_.key(parent, slot);
  if (!tree.empty && tree.first_key < separator)
    return node_fault{damage_id::node_keys_below_parent, separator, tree.first_key};
  if (!tree.empty && slot + 1 < parent.nr_entries) {
    const auto next = graph_.key(parent, slot + 1);
    if (tree.last_key >= next)
      return node_fault{damage_id::node_keys_above_parent, next, tree.last_key};
  }
  if (height < 0) height = tree.height;
  if (tree.height >= 0 && tree.height != height)
    return node_fault{damage_id::node_depth, static_cast<std::uint64_t>(height),
                      static_cast<std::uint64_t>(tree.height)};
  return std::nullopt;
}

void tree_judge::evaluate_internal(node_index index) {
  const graph_node& parent = graph_.node(index);
  subtree sum;
  int height = -1;
  for (std::uint32_t slot = 0; slot < parent.nr_entries; ++slot) {
    if (const auto why = judge_edge(parent, slot, height)) {
      bad_edges_[index].push_back({slot, *why});
      sum.damaged = true;
      continue;
    }
    const auto child = *graph_.find(graph_.child(parent, slot));
    const subtree tree = below(child);
    note_misfit(parent, slot, child);
    sum.nr_values += tree.nr_values;
    sum.damaged |= tree.damaged;
    sum.depth = std::max(sum.depth, tree.depth + 1);
    if (tree.empty) continue;
    if (sum.empty) sum.first_key = tree.first_key;
    sum.last_key = tree.last_key;
    sum.empty = false;
  }
  if (height >= 0) sum.height = height + 1;
  internal_[index] = sum;
}

// Keys of the leaves below were held against the separators already.
void tree_judge::note_misfit(const graph_node& parent, std::uint32_t slot, node_index child) {
  const graph_node& node = graph_.node(child);
  if (node.state != node_state::internal) return;
  const auto separator = graph_.key(parent, slot);
  if (node.first_key < separator)
    misfits_.push_back({child, {damage_id::node_separator_low, separator, node.first_key}});
  if (slot + 1 == parent.nr_entries) return;
  const auto next = graph_.key(parent, slot + 1);
  if (node.last_key >= next)
    misfits_.push_back({child, {damage_id::node_separator_high, next, node.last_key}});
}

// Post-order over the internal nodes, each once.
const tree_judge::subtree& tree_judge::evaluate(node_index root) {
  struct frame {
    node_index index;
    std::uint32_t next_slot;
  };
  std::vector<frame> stack;
  const auto enter = [&](node_index index) {
    if (internal_.try_emplace(index, subtree{.in_progress = true}).second)
      stack.push_back({index, 0});
  };
  enter(root);
  while (!stack.empty()) {
    const auto [index, slot] = stack.back();
    const graph_node& node = graph_.node(index);
    if (slot == node.nr_entries) {
      evaluate_internal(index);
      stack.pop_back();
      continue;
    }
    ++stack.back().next_slot;
    const auto child = graph_.find(graph_.child(node, slot));
    if (child && graph_.node(*child).state == node_state::internal) enter(*child);
  }
  return internal_.at(root);
}

namespace {

damage loss(const damage& model, metadata_block location, const node_fault& why,
            const key_range& lost) {
  damage finding = finding_of(why, location, model);
  finding.lost = lost;
  return finding;
}

}  // namespace

void tree_judge::report_leaf(node_index leaf, const key_range& range, const damage& model,
                             damage_sink& sink) const {
  for (const auto& fault : graph_.leaf_faults(leaf)) {
    const auto lost = intersect(fault.keys, range);
    if (!lost.empty()) sink.found(loss(model, graph_.node(leaf).location, fault.what, lost));
  }
}

// Goes down to the bad edges of one tree. A node is entered once for each tree:
// only an image without keys could reach one twice.
void tree_judge::report(node_index root, const damage& model, damage_sink& sink) const {
  struct frame {
    node_index index;
    key_range range;
    std::uint32_t next_slot;
    std::size_t next_bad;
  };
  static const std::vector<bad_edge> no_bad_edges;
  std::unordered_set<node_index> entered{root};
  std::vector<frame> stack{{root, {}, 0, 0}};
  while (!stack.empty()) {
    auto& top = stack.back();
    const graph_node& node = graph_.node(top.index);
    if (top.next_slot == node.nr_entries) {
      stack.pop_back();
      continue;
    }
    const auto slot = top.next_slot++;
    const auto range = slot_range(graph_, node, slot, top.range);
    const auto bad = bad_edges_.find(top.index);
    const auto& edges = bad != bad_edges_.end() ? bad->second : no_bad_edges;
    if (top.next_bad < edges.size() && edges[top.next_bad].slot == slot) {
      const auto& why = edges[top.next_bad++].why;
      sink.found(loss(model, graph_.child(node, slot), why, range));
      continue;
    }
    const auto child = *graph_.find(graph_.child(node, slot));
    if (graph_.node(child).state != node_state::internal) {
      report_leaf(child, range, model, sink);
      continue;
    }
    if (internal_.at(child).damaged && entered.insert(child).second)
      stack.push_back({child, range, 0, 0});
  }
}

void tree_judge::prepare(node_index root) {
  if (graph_.node(root).state == node_state::internal) evaluate(root);
}

const node_fault* tree_judge::edge_fault(node_index parent, std::uint32_t slot) const {
  REQUIRE(internal_.contains(parent));
  const auto bad = bad_edges_.find(parent);
  if (bad == bad_edges_.end()) return nullptr;
  const auto edge = std::ranges::lower_bound(bad->second, slot, {}, &bad_edge::slot);
  return edge != bad->second.end() && edge->slot == slot ? &edge->why : nullptr;
}

std::optional<node_fault> tree_judge::root_fault(metadata_block root) const {
  const auto index = graph_.find(root);
  if (!index) return node_fault{damage_id::block_out_of_range, graph_.nr_blocks(), root};
  if (graph_.node(*index).state == node_state::bad) return graph_.fault(*index);
  return std::nullopt;
}

tree_verdict tree_judge::verdict(metadata_block root) {
  if (root_fault(root)) return {.damaged = true};
  const auto index = *graph_.find(root);
  prepare(index);
  const subtree whole = below(index);
  return {whole.nr_values, whole.damaged};
}

tree_verdict tree_judge::judge(metadata_block root, std::optional<device_id> device,
                               which_metadata view, damage_sink& sink) {
  const damage model{.where = graph_.shape().what,
                     .in_snapshot = view == which_metadata::snapshot,
                     .device = device};
  const tree_verdict outcome = verdict(root);
  if (!outcome.damaged) return outcome;
  if (const auto why = root_fault(root)) {
    sink.found(loss(model, root, *why, {}));
    return outcome;
  }
  const auto index = *graph_.find(root);
  if (graph_.node(index).state == node_state::internal)
    report(index, model, sink);
  else
    report_leaf(index, {}, model, sink);
  return outcome;
}

void tree_judge::report_remarks(which_metadata view, damage_sink& sink) const {
  report_in_order(graph_.remarks(), view, sink);
}

void tree_judge::report_misfits(which_metadata view, damage_sink& sink) const {
  report_in_order(misfits_, view, sink);
}

void tree_judge::report_in_order(std::vector<node_remark> remarks, which_metadata view,
                                 damage_sink& sink) const {
  std::ranges::sort(remarks, {}, [&](const node_remark& r) {
    return std::pair(graph_.node(r.index).location, r.what.id);
  });
  for (const auto& [index, what] : remarks)
    sink.found(finding_of(
        what, graph_.node(index).location,
        {.where = graph_.shape().what, .in_snapshot = view == which_metadata::snapshot}));
}

}  // namespace pdata
