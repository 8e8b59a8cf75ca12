#include "thin-tools/repair/trees/device_trees.h"

#include <algorithm>

#include "persistent-data/format/damage_catalogue.h"

namespace thin_tools {

using pdata::metadata_block;
using pdata::node_index;
using pdata::node_state;

std::optional<node_index> mapping_forest::good_node(metadata_block location) const {
  const auto index = graph_.find(location);
  if (!index || graph_.node(*index).state == node_state::bad) return std::nullopt;
  return index;
}

pdata::tree_judge::subtree mapping_forest::below(node_index good_node) {
  if (!is_agreed_leaf(good_node)) return judge_.examine(good_node);
  const auto& leaf = agreed(good_node);
  return {.nr_values = leaf.nr_entries,
          .first_key = leaf.first_key(),
          .last_key = leaf.last_key(),
          .height = 0,
          .empty = false};
}

node_index mapping_forest::add_agreed_leaf(const agreed_leaf& leaf) {
  const auto [at, is_new] = agreed_nodes_.try_emplace(leaf, static_cast<node_index>(nr_nodes()));
  if (is_new) agreed_.push_back(&at->first);
  return at->second;
}

void mapping_forest::fill(const hole_id& where, std::vector<graft> grafts) {
  std::ranges::sort(grafts, {}, [&](const graft& g) { return below(g.node).first_key; });
  grafts_[where] = std::move(grafts);
}

void mapping_forest::remove_agreements() {
  for (auto& [where, grafts] : grafts_)
    std::erase_if(grafts, [](const graft& each) { return each.by_agreement; });
}

const std::vector<graft>& mapping_forest::grafts_at(const hole_id& where) const {
  static const std::vector<graft> none;
  const auto found = grafts_.find(where);
  return found != grafts_.end() ? found->second : none;
}

forest_place mapping_forest::at_root(metadata_block location) const {
  const auto index = graph_.find(location);
  if (!index)
    return {
        {}, {location, 0}, {pdata::damage_id::block_out_of_range, graph_.nr_blocks(), location}};
  if (graph_.node(*index).state == node_state::bad)
    return {{}, {location, 0}, graph_.fault(*index)};
  return {.node = index, .id = {}, .why = {}};
}

forest_place mapping_forest::at_slot(node_index parent, std::uint32_t slot) {
  judge_.prepare(parent);
  const auto location = graph_.child(graph_.node(parent), slot);
  const auto* fault = judge_.edge_fault(parent, slot);
  if (fault == nullptr) return {.node = graph_.find(location), .id = {}, .why = {}};
  hole_id id{location, 0};
  if (good_node(location)) id.edge = (std::uint64_t{parent} << 16 | slot) + 1;
  return {{}, id, *fault};
}

}  // namespace thin_tools
