#include "persistent-data/btree/leaf_walk.h"

#include <utility>

#include "persistent-data/format/damage_catalogue.h"
#include "persistent-data/io/validate.h"

namespace pdata {

damage finding_at(const leaf_step& step, const damage& model) {
  REQUIRE(step.fault.has_value());
  damage finding = finding_of(*step.fault, step.location, model);
  finding.lost = step.wanted;
  return finding;
}

leaf_walk::leaf_walk(const tree_graph& graph, tree_judge& judge, metadata_block root,
                     const key_range& wanted, const key_range& expected)
    : graph_(graph), judge_(judge), wanted_(wanted) {
  const auto index = graph_.find(root);
  if (!index) {
    stop_at(root, expected, node_fault{damage_id::block_out_of_range, graph_.nr_blocks(), root});
    return;
  }
  judge.prepare(*index);
  root_ = std::pair(*index, expected);
}

std::optional<leaf_step> leaf_walk::next() {
  if (root_) {
    const auto [index, range] = *std::exchange(root_, std::nullopt);
    enter(index, range);
  }
  while (!pending_ && !stack_.empty()) advance();
  return std::exchange(pending_, std::nullopt);
}

void leaf_walk::advance() {
  auto& top = stack_.back();
  const graph_node& node = graph_.node(top.index);
  if (top.next_slot == node.nr_entries) {
    stack_.pop_back();
    return;
  }
  const auto slot = top.next_slot++;
  const auto range = slot_range(graph_, node, slot, top.range);
  if (intersect(range, wanted_).empty()) return;
  const auto location = graph_.child(node, slot);
  if (const auto* why = judge_.edge_fault(top.index, slot)) {
    stop_at(location, range, *why);
    return;
  }
  enter(*graph_.find(location), range);
}

void leaf_walk::enter(node_index index, const key_range& range) {
  const graph_node& node = graph_.node(index);
  const bool selected = selection_ != nullptr && (*selection_)[index];
  if (selected || node.state == node_state::skipped) {
    stop_at(node.location, range, std::nullopt);
    pending_->whole = index;
    return;
  }
  switch (node.state) {
    case node_state::internal:
      // A node without keys below could be met again and again.
      if (entered_.insert(index).second) stack_.push_back({index, range, 0});
      return;
    case node_state::bad:
      stop_at(node.location, range, graph_.fault(index));
      return;
    case node_state::unread:
    case node_state::leaf:
    case node_state::skipped:
      stop_at(node.location, range, std::nullopt);
  }
}

void leaf_walk::stop_at(metadata_block location, const key_range& expected,
                        const std::optional<node_fault>& fault) {
  pending_ = leaf_step{.location = location,
                       .expected = expected,
                       .wanted = intersect(expected, wanted_),
                       .fault = fault};
}

}  // namespace pdata
