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

namespace {

constexpr std::size_t kept_max = std::size_t{1} << 16;

std::size_t nr_entries(const top_level& tree) { return tree.roots.size(); }
std::size_t nr_entries(const details_table& tree) { return tree.devices.size(); }

}  // namespace

template <class Tree, class Read>
std::shared_ptr<const Tree> small_tree_memo::recall(by_root<Tree>& known,
                                                    pdata::metadata_block root, Read read) {
  if (const auto found = known.find(root); found != known.end()) return found->second;
  auto tree = std::make_shared<const Tree>(read(reader_, root, nr_blocks_));
  const auto size = 1 + nr_entries(*tree) + tree->findings.size();
  if (size > kept_max - nr_kept_) return tree;
  nr_kept_ += size;
  return known[root] = std::move(tree);
}

std::shared_ptr<const top_level> small_tree_memo::top_level_at(pdata::metadata_block root) {
  return recall(tops_, root, [](auto&... from) { return pdata::read_top_level(from...); });
}

std::shared_ptr<const details_table> small_tree_memo::details_at(pdata::metadata_block root) {
  return recall(details_, root, [](auto&... from) { return pdata::read_details(from...); });
}

void merge_top_level(top_level& to, const top_level& more) {
  to.roots.insert(more.roots.begin(), more.roots.end());
}

void merge_details(details_table& to, const details_table& more) {
  to.devices.insert(more.devices.begin(), more.devices.end());
}

}  // namespace thin_tools
