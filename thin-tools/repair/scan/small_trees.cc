#include "thin-tools/repair/scan/small_trees.h"

#include <mutex>

#include "persistent-data/btree/tree_graph.h"

namespace thin_tools {

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
