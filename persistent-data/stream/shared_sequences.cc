#include "persistent-data/stream/shared_sequences.h"

#include <algorithm>
#include <ranges>

namespace pdata {

namespace {

metadata_block first_leaf(const tree_graph& graph, node_index index) {
  while (graph.node(index).state == node_state::internal)
    index = *graph.find(graph.child(graph.node(index), 0));
  return graph.node(index).location;
}

}  // namespace

// Leaves, and internal nodes below which everything has the same owners. Only
// the topmost of them are met by walks.
void shared_sequences::select_units(const tree_graph& graph, const tree_judge& judge,
                                    const tree_sharing& sharing) {
  const auto shared = [&](node_index index) {
    return sharing.set(sharing.owners_of(index)).size > 1;
  };
  units_.resize(graph.nr_nodes());
  for (node_index index = 0; index < graph.nr_nodes(); ++index) {
    const graph_node& node = graph.node(index);
    const bool leaf = node.state == node_state::leaf || node.state == node_state::unread;
    const bool known_empty = node.is_root && node.nr_entries == 0;  // a device without mappings
    units_[index] = leaf && !known_empty && shared(index);
  }
  for (const auto index : std::views::reverse(sharing.parents_first())) {
    const graph_node& node = graph.node(index);
    bool uniform = shared(index);
    for (std::uint32_t slot = 0; uniform && slot < node.nr_entries; ++slot) {
      const auto child = graph.find(graph.child(node, slot));
      uniform = judge.edge_fault(index, slot) == nullptr && units_[*child] &&
                sharing.owners_of(*child) == sharing.owners_of(index);
    }
    units_[index] = uniform;
  }
}

// Calls visit(step, unit before it without anything in between).
template <class Visit>
void shared_sequences::for_each_unit(const tree_graph& graph, tree_judge& judge,
                                     metadata_block root, Visit visit) {
  leaf_walk walk(graph, judge, root, {});
  walk.stop_above(units_);
  std::optional<node_index> before;
  while (const auto step = walk.next()) {
    if (step->whole) visit(*step, before);
    before = step->whole;
  }
}

void shared_sequences::note_neighbour(const leaf_step& step, std::optional<node_index> before) {
  const auto [at, is_new] =
      neighbours_.try_emplace(*step.whole, neighbour{before, 0, step.expected});
  neighbour& noted = at->second;
  if (before == noted.before) ++noted.nr_agreeing;
  noted.expected = intersect(noted.expected, step.expected);
}

// True if the unit goes on the sequence of the one before it, for all sharers.
bool shared_sequences::joins(node_index unit, const tree_sharing& sharing) const {
  const neighbour& noted = neighbours_.at(unit);
  const auto owners = sharing.owners_of(unit);
  return noted.before && sharing.owners_of(*noted.before) == owners &&
         noted.nr_agreeing == sharing.set(owners).size;
}

shared_sequences::shared_sequences(const tree_graph& graph, tree_judge& judge,
                                   std::span<const metadata_block> roots) {
  const tree_sharing sharing(graph, judge, roots);
  select_units(graph, judge, sharing);
  for (const auto root : roots)
    for_each_unit(graph, judge, root,
                  [&](const leaf_step& step, auto before) { note_neighbour(step, before); });
  for (std::uint32_t owner = 0; owner < roots.size(); ++owner) {
    for_each_unit(graph, judge, roots[owner], [&](const leaf_step& step, auto) {
      const auto unit = *step.whole;
      if (sequence_of_.contains(unit)) return;
      if (!joins(unit, sharing)) {
        sequence_of_[unit] = sequences_.size();
        sequences_.push_back({std::to_string(first_leaf(graph, unit)), {}});
      } else {
        sequence_of_[unit] = sequence_of_.at(*neighbours_.at(unit).before);
      }
      sequences_[sequence_of_.at(unit)].units.push_back(
          {unit, neighbours_.at(unit).expected, owner});
    });
  }
}

const shared_sequence* shared_sequences::begins_at(node_index unit) const {
  const auto& sequence = sequences_[sequence_of_.at(unit)];
  return sequence.units.front().index == unit ? &sequence : nullptr;
}

}  // namespace pdata
