#include "thin-tools/ll/mapping_nodes.h"

#include <algorithm>
#include <vector>

#include "persistent-data/format/mapping_value.h"

namespace thin_tools {

using pdata::metadata_block;

mapping_nodes::mapping_nodes(pdata::batch_reader& reader, metadata_block nr_blocks,
                             std::span<const metadata_block> roots)
    : graph_(reader, pdata::mapping_tree_shape, nr_blocks), judge_(graph_) {
  std::vector<std::uint32_t> latest(reader.nr_workers());
  const pdata::leaf_visitor visit = [&](const pdata::visited_leaf& leaf) {
    auto& time = latest[leaf.worker];
    for (std::uint32_t i = 0; i < leaf.node.nr_entries(); ++i)
      time = std::max(time, pdata::unpack_mapping(leaf.node.value_u64(i)).time);
  };
  graph_.add(roots, &visit);
  latest_time_ = std::ranges::max(latest);
}

bool mapping_nodes::is_whole(metadata_block node) {
  return graph_.find(node).has_value() && !judge_.verdict(node).damaged;
}

std::uint64_t mapping_nodes::nr_mappings(metadata_block node) {
  return judge_.verdict(node).nr_values;
}

pdata::graph_node mapping_nodes::at(metadata_block node) const {
  const auto index = graph_.find(node);
  REQUIRE(index.has_value());
  return graph_.node(*index);
}

std::optional<mapping_nodes::extent> mapping_nodes::keys(metadata_block node) const {
  auto last = at(node);
  const auto first_key = last.first_key;
  // A whole tree has no loops.
  while (last.state == pdata::node_state::internal && last.nr_entries != 0)
    last = at(graph_.child(last, last.nr_entries - 1));
  if (last.nr_entries == 0) return std::nullopt;
  return extent{first_key, std::max(first_key, last.last_key)};
}

}  // namespace thin_tools
