#include "tests/campaign/pool_contents.h"

#include <algorithm>
#include <set>

#include "persistent-data/btree/leaf_stream.h"
#include "persistent-data/btree/leaf_walk.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/format/tree_value.h"
#include "thin-tools/repair/evidence/pool_trees.h"
#include "thin-tools/repair/history/root_choice.h"

namespace campaign {

pool_contents read_contents(pdata::block_device& device) {
  pdata::batch_reader reader(device, 1);
  pool_contents contents;
  const auto superblock = thin_tools::read_superblock(reader, 0, device.nr_blocks());
  if (!superblock) return contents;
  const auto top = thin_tools::read_top_level(reader, superblock->mapping_root, device.nr_blocks());
  for (const auto& [id, root] : top.roots) {
    auto& mappings = contents[id];
    pdata::silent_sink sink;
    pdata::for_each_entry(reader, pdata::mapping_tree_shape, root, device.nr_blocks(), false, sink,
                          [&](pdata::thin_block block, std::span<const std::byte> value) {
                            mappings[block] = pdata::unpack_mapping(pdata::decode_u64(value));
                          });
  }
  return contents;
}

leaf_index::leaf_index(pdata::block_device& device) {
  pdata::batch_reader reader(device, 1);
  const auto superblock = thin_tools::read_superblock(reader, 0, device.nr_blocks());
  if (!superblock) return;
  pdata::tree_graph graph(reader, pdata::mapping_tree_shape, device.nr_blocks());
  const auto top = thin_tools::read_top_level(reader, superblock->mapping_root, device.nr_blocks());
  std::set<pdata::metadata_block> roots;
  for (const auto& [id, root] : top.roots) roots.insert(root);
  const std::vector<pdata::metadata_block> list(roots.begin(), roots.end());
  const pdata::leaf_visitor ignore = [](const pdata::visited_leaf&) {};
  graph.add(list, &ignore);
  pdata::tree_judge judge(graph);
  for (const auto& [id, root] : top.roots) {
    pdata::leaf_walk walk(graph, judge, root, {});
    while (const auto step = walk.next()) first_blocks_[id][step->expected.begin] = step->location;
  }
}

pdata::metadata_block leaf_index::leaf_of(pdata::device_id id, pdata::thin_block block) const {
  return std::prev(first_blocks_.at(id).upper_bound(block))->second;
}

comparison compare(const pool_contents& truth, const leaf_index& leaves,
                   const std::vector<pdata::metadata_block>& hit, const pool_contents& found) {
  static const device_mappings nothing;
  comparison sum;
  for (const auto& [id, expected] : truth) {
    const auto device = found.find(id);
    const auto& actual = device != found.end() ? device->second : nothing;
    for (const auto& [block, mapping] : expected) {
      const auto at = actual.find(block);
      if (at == actual.end())
        ++(std::ranges::count(hit, leaves.leaf_of(id, block)) != 0 ? sum.nr_gone : sum.nr_lost);
      else
        ++(at->second == mapping ? sum.nr_right : sum.nr_wrong);
    }
  }
  for (const auto& [id, actual] : found) {
    const auto device = truth.find(id);
    for (const auto& [block, mapping] : actual)
      if (device == truth.end() || !device->second.contains(block)) ++sum.nr_wrong;
  }
  return sum;
}

}  // namespace campaign
