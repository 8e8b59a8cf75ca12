#include "thin-tools/repair/forest.h"

#include <algorithm>

#include "persistent-data/damage/damage_catalogue.h"

namespace thin_tools {

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
