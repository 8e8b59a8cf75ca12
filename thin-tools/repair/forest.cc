#include "thin-tools/repair/forest.h"

#include <algorithm>

#include "persistent-data/damage/damage_catalogue.h"

namespace thin_tools {

using pdata::graph_node;
using pdata::key_range;
using pdata::metadata_block;
using pdata::node_index;
using pdata::node_state;

std::optional<node_index> mapping_forest::good_node(metadata_block location) const {
  const auto index = graph_.find(location);
  if (!index || graph_.node(*index).state == node_state::bad) return std::nullopt;
  return index;
}

void mapping_forest::graft(const hole_id& where, std::vector<node_index> subtrees) {
  std::ranges::sort(subtrees, {}, [&](node_index n) { return below(n).first_key; });
  grafts_[where] = std::move(subtrees);
}

const std::vector<node_index>& mapping_forest::grafts_at(const hole_id& where) const {
  static const std::vector<node_index> none;
  const auto found = grafts_.find(where);
  return found != grafts_.end() ? found->second : none;
}

// Depth first. What is yet to be done stands on a stack of tasks: a tree may be
// as deep as the device has blocks.
class mapping_forest::traversal {
 public:
  traversal(mapping_forest& forest, const visitor& visit) : forest_(forest), visit_(visit) {}

  void run(metadata_block root) {
    tasks_.push_back({.location = root});
    while (!tasks_.empty()) {
      const task next = tasks_.back();
      tasks_.pop_back();
      perform(next);
    }
  }

 private:
  struct task {
    metadata_block location = 0;
    key_range range;
    std::optional<node_index> parent;  // none: a root or a graft
    std::uint32_t slot = 0;
  };

  void perform(const task& next) {
    const auto& graph = forest_.graph_;
    if (next.parent) {
      const auto* fault = forest_.judge_.edge_fault(*next.parent, next.slot);
      if (fault != nullptr) return fall_into_hole(next, *fault);
    }
    const auto index = graph.find(next.location);
    if (!index)
      return fall_into_hole(
          next, {pdata::damage_id::block_out_of_range, graph.nr_blocks(), next.location});
    const graph_node& node = graph.node(*index);
    if (node.state == node_state::bad) return fall_into_hole(next, graph.fault(*index));
    if (node.state != node_state::internal) return visit_.piece({*index, true});
    const auto summary = forest_.below(*index);
    if (summary.height == 1 && !summary.damaged) return visit_.piece({*index, false});
    // Only a tree without keys could come to a node twice.
    if (!entered_.insert(*index).second) return;
    for (auto slot = node.nr_entries; slot-- > 0;)
      tasks_.push_back(
          {graph.child(node, slot), slot_range(graph, node, slot, next.range), *index, slot});
  }

  void fall_into_hole(const task& at, const pdata::node_fault& why) {
    hole found{{at.location, 0}, at.range, why};
    if (at.parent) {
      if (forest_.good_node(at.location))
        found.id.edge = (std::uint64_t{*at.parent} << 16 | at.slot) + 1;
      const auto parent = forest_.below(*at.parent);
      if (parent.height > 0) found.height = parent.height - 1;
    }
    visit_.missing(found);
    const auto& grafts = forest_.grafts_at(found.id);
    for (auto graft = grafts.rbegin(); graft != grafts.rend(); ++graft)
      tasks_.push_back({.location = forest_.graph_.node(*graft).location, .range = at.range});
  }

  mapping_forest& forest_;
  const visitor& visit_;
  std::vector<task> tasks_;
  std::unordered_set<node_index> entered_;
};

void mapping_forest::visit(metadata_block root, const visitor& visit) {
  traversal(*this, visit).run(root);
}

}  // namespace thin_tools
