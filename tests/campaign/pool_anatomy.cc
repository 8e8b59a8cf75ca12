#include "tests/campaign/pool_anatomy.h"

#include <algorithm>
#include <memory>
#include <set>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/btree/leaf_stream.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/superblock.h"
#include "thin-tools/repair/evidence/pool_trees.h"
#include "thin-tools/repair/history/root_choice.h"

namespace campaign {

using pdata::metadata_block;

namespace {

std::vector<metadata_block> nodes_of(pdata::batch_reader& reader, pdata::tree_shape shape,
                                     std::span<const metadata_block> roots, bool internal_only) {
  pdata::tree_graph graph(reader, shape, reader.device().nr_blocks());
  const pdata::leaf_visitor ignore = [](const pdata::visited_leaf&) {};
  graph.add(roots, &ignore);
  std::vector<metadata_block> found;
  for (pdata::node_index i = 0; i < graph.nr_nodes(); ++i)
    if (!internal_only || graph.node(i).state == pdata::node_state::internal)
      found.push_back(graph.node(i).location);
  std::ranges::sort(found);
  return found;
}

std::vector<metadata_block> nodes_of(pdata::batch_reader& reader, pdata::tree_shape shape,
                                     metadata_block root) {
  return nodes_of(reader, shape, {&root, 1}, false);
}

void dissect_mappings(pdata::batch_reader& reader, metadata_block mapping_root,
                      pool_anatomy& body) {
  const auto top = thin_tools::read_top_level(reader, mapping_root, reader.device().nr_blocks());
  std::set<metadata_block> roots;
  for (const auto& [id, root] : top.roots) roots.insert(root);
  body[organ::device_root].assign(roots.begin(), roots.end());
  const std::vector<metadata_block> list(roots.begin(), roots.end());
  const auto all = nodes_of(reader, pdata::mapping_tree_shape, list, false);
  const auto internal = nodes_of(reader, pdata::mapping_tree_shape, list, true);
  for (const auto b : all)
    if (!roots.contains(b))
      body[std::ranges::binary_search(internal, b) ? organ::internal : organ::leaf].push_back(b);
}

void dissect_space_maps(pdata::batch_reader& reader, const pdata::superblock& pool,
                        pool_anatomy& body) {
  auto& data = body[organ::data_space_map];
  data = nodes_of(reader, pdata::data_index_tree_shape, pool.data_space_map.bitmap_root);
  pdata::silent_sink sink;
  pdata::for_each_entry(reader, pdata::data_index_tree_shape, pool.data_space_map.bitmap_root,
                        reader.device().nr_blocks(), false, sink,
                        [&](std::uint64_t, std::span<const std::byte> value) {
                          data.push_back(pdata::index_entry::load(value).location);
                        });
  const auto overflow =
      nodes_of(reader, pdata::data_overflow_tree_shape, pool.data_space_map.ref_count_root);
  data.insert(data.end(), overflow.begin(), overflow.end());

  const auto index = pool.metadata_space_map.bitmap_root;
  body[organ::metadata_index] = {index};
  const auto block = std::make_unique<pdata::block_buffer>();
  reader.device().read(index, block->span()).ignore();
  const auto nr_bitmaps =
      pdata::div_up(pool.metadata_space_map.nr_blocks, pdata::entries_per_bitmap);
  for (std::uint64_t i = 0; i < nr_bitmaps; ++i)
    body[organ::metadata_bitmap].push_back(pdata::load_index_entry(block->view(), i).location);
}

}  // namespace

pool_anatomy dissect(pdata::block_device& device) {
  pdata::batch_reader reader(device, 1);
  pool_anatomy body;
  const auto pool = thin_tools::read_superblock(reader, 0, device.nr_blocks());
  if (!pool) return body;
  body[organ::superblock] = {0};
  body[organ::details] = nodes_of(reader, pdata::details_tree_shape, pool->details_root);
  body[organ::top_level] = nodes_of(reader, pdata::top_level_tree_shape, pool->mapping_root);
  dissect_mappings(reader, pool->mapping_root, body);
  dissect_space_maps(reader, *pool, body);
  return body;
}

}  // namespace campaign
