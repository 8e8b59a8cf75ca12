#include "thin-tools/repair/evidence/pool_trees.h"

#include <mutex>

#include "persistent-data/btree/leaf_stream.h"
#include "persistent-data/btree/tree_graph.h"
#include "persistent-data/format/tree_value.h"

namespace thin_tools {

namespace {

struct lost_keys_sink : pdata::damage_sink {
  explicit lost_keys_sink(std::vector<pdata::key_range>& to) : lost(to) {}
  void found(const pdata::damage& finding) override {
    if (finding.lost) lost.push_back(*finding.lost);
  }
  std::vector<pdata::key_range>& lost;
};

}  // namespace

top_level read_top_level(pdata::batch_reader& reader, pdata::metadata_block root,
                         pdata::metadata_block nr_blocks) {
  top_level read;
  lost_keys_sink sink(read.lost);
  pdata::for_each_entry(reader, pdata::top_level_tree_shape, root, nr_blocks, false, sink,
                        [&](pdata::device_id id, std::span<const std::byte> value) {
                          read.roots[id] = pdata::decode_u64(value);
                        });
  return read;
}

details_table read_details(pdata::batch_reader& reader, pdata::metadata_block root,
                           pdata::metadata_block nr_blocks) {
  details_table read;
  lost_keys_sink sink(read.lost);
  pdata::for_each_entry(reader, pdata::details_tree_shape, root, nr_blocks, false, sink,
                        [&](pdata::device_id id, std::span<const std::byte> value) {
                          read.devices[id] = pdata::device_details::load(value);
                        });
  return read;
}

std::vector<pdata::metadata_block> trees_named_by(pdata::batch_reader& reader,
                                                  const std::vector<pdata::metadata_block>& tops,
                                                  pdata::metadata_block nr_blocks) {
  std::vector<pdata::metadata_block> named;
  std::mutex mutex;
  const pdata::leaf_visitor take = [&](const pdata::visited_leaf& leaf) {
    const std::lock_guard lock(mutex);
    for (std::uint32_t i = 0; i < leaf.node.nr_entries(); ++i)
      named.push_back(leaf.node.value_u64(i));
  };
  pdata::tree_graph graph(reader, pdata::top_level_tree_shape, nr_blocks);
  graph.add(tops, &take);
  return named;
}

void merge_top_level(top_level& to, const top_level& more) {
  to.roots.insert(more.roots.begin(), more.roots.end());
}

void merge_details(details_table& to, const details_table& more) {
  to.devices.insert(more.devices.begin(), more.devices.end());
}

}  // namespace thin_tools
