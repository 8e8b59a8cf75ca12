// The two small trees where repair reads many of them, and puts several together.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "persistent-data/survey/small_trees.h"

namespace thin_tools {

using pdata::details_table;
using pdata::top_level;

// The roots that the leaves of top level trees name. Trees may share leaves: each
// leaf is asked once.
std::vector<pdata::metadata_block> trees_named_by(pdata::batch_reader& reader,
                                                  const std::vector<pdata::metadata_block>& tops,
                                                  pdata::metadata_block nr_blocks);

// The small trees of a device, each read once: states of the metadata share them, and are held
// against each other. Those that come to too much are read again each time. Not for several
// threads at once.
class small_tree_memo {
 public:
  small_tree_memo(pdata::batch_reader& reader, pdata::metadata_block nr_blocks)
      : reader_(reader.device(), 1), nr_blocks_(nr_blocks) {}

  std::shared_ptr<const top_level> top_level_at(pdata::metadata_block root);
  std::shared_ptr<const details_table> details_at(pdata::metadata_block root);

 private:
  template <class Tree>
  using by_root = std::unordered_map<pdata::metadata_block, std::shared_ptr<const Tree>>;

  template <class Tree, class Read>
  std::shared_ptr<const Tree> recall(by_root<Tree>& known, pdata::metadata_block root, Read read);

  pdata::batch_reader reader_;  // one by one: the trees are small
  pdata::metadata_block nr_blocks_;
  by_root<top_level> tops_;
  by_root<details_table> details_;
  std::size_t nr_kept_ = 0;  // devices and findings of all
};

// Adds what the tree has and `to` does not.
void merge_top_level(top_level& to, const top_level& more);
void merge_details(details_table& to, const details_table& more);

}  // namespace thin_tools
