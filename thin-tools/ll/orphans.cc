#include "thin-tools/ll/orphans.h"
#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/memory_room.h"

#include "persistent-data/survey/device_scan.h"

namespace thin_tools {

using pdata::metadata_block;

namespace {

void mark_tree(pdata::batch_reader& reader, pdata::tree_shape shape, metadata_block root,
               std::vector<bool>& marked) {
  pdata::tree_graph graph(reader, shape, marked.size());
  graph.add({&root, 1}, nullptr);
  for (pdata::node_index i = 0; i < graph.nr_nodes(); ++i)
    if (graph.node(i).state != pdata::node_state::bad)
      marked[pdata::to_size(graph.node(i).location)] = true;
}

// The nodes of all trees of a pool but the mappings.
void mark_other_trees(pdata::batch_reader& reader, const pdata::pool_layout& layout,
                      std::vector<bool>& marked) {
  mark_tree(reader, pdata::top_level_tree_shape, layout.mapping_root, marked);
  mark_tree(reader, pdata::details_tree_shape, layout.details_root, marked);
  const auto& maps = layout.active;
  mark_tree(reader, pdata::data_index_tree_shape, maps.data_space_map.bitmap_root, marked);
  mark_tree(reader, pdata::data_overflow_tree_shape, maps.data_space_map.ref_count_root, marked);
  mark_tree(reader, pdata::metadata_overflow_tree_shape, maps.metadata_space_map.ref_count_root,
            marked);
}

bool may_hold_mappings(const pdata::block_summary& block) {
  if (block.nr_entries == 0) return false;
  if (block.is == pdata::block_class::internal) return true;
  // Taken for mappings, the values of a top level tree would map one data block
  // again and again.
  const bool maps_devices = block.names_blocks && block.nr_entries > 1;
  return block.is_leaf_of(pdata::mapping_tree_shape) && !maps_devices;
}

}  // namespace

orphan_list find_orphans(pdata::batch_reader& reader, const pdata::pool_layout& layout,
                         const std::vector<bool>& mapped, metadata_block begin,
                         metadata_block end) {
  auto marked = mapped;
  mark_other_trees(reader, layout, marked);
  const pdata::block_scan scan(reader, layout.nr_metadata_blocks);
  std::vector<metadata_block> candidates;
  for (metadata_block b = 0; b < scan.nr_blocks(); ++b)
    if (!marked[pdata::to_size(b)] && may_hold_mappings(scan[b])) candidates.push_back(b);

  orphan_list found;
  found.nodes = std::make_unique<mapping_nodes>(reader, layout.nr_metadata_blocks, candidates);
  auto& nodes = *found.nodes;
  std::vector<bool> below(pdata::to_room(layout.nr_metadata_blocks));
  std::erase_if(candidates, [&](metadata_block b) { return !nodes.is_whole(b); });
  for (const auto b : candidates)
    nodes.for_each_child(*nodes.graph().find(b),
                         [&](metadata_block child) { below[pdata::to_size(child)] = true; });
  for (const auto b : candidates)
    if (!below[pdata::to_size(b)] && b >= begin && b < end && nodes.keys(b))
      found.roots.push_back(b);
  return found;
}

}  // namespace thin_tools
