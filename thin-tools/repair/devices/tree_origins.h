// What of a tree is older than the last commit, and whose it was before.
#pragma once

#include <vector>

#include "thin-tools/repair/states/past_trees.h"

namespace thin_tools {

class tree_origins {
 public:
  // Of the subtree at `root`, a node of `forest`.
  tree_origins(const mapping_forest& forest, pdata::batch_reader& reader, const past_trees& past,
               pdata::node_index root);

  // False: it was certainly not made of this device's tree.
  bool may_come_from(const past_trees& past, pdata::device_id device) const;
  // True if anything in it is older than the last commit.
  std::size_t nr_old_things() const { return nodes_.size() + mappings_.size(); }
  bool anything_old() const { return !nodes_.empty() || !mappings_.empty(); }

 private:
  struct old_node {
    std::uint64_t key;
    pdata::metadata_block location;
  };
  struct old_mapping {
    std::uint64_t key;
    std::uint64_t value;
  };

  void add_young_leaves(pdata::batch_reader& reader, const past_trees& past,
                        std::vector<pdata::metadata_block> leaves);

  std::vector<old_node> nodes_;  // those that no other old one refers to
  std::vector<old_mapping> mappings_;
};

}  // namespace thin_tools
