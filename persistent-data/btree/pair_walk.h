// The leaves of two trees of one graph side by side, in key order of each and
// abreast of each other; what both trees share comes once, or not at all.
#pragma once

#include <memory>

#include "persistent-data/btree/leaf_walk.h"

namespace pdata {

// The tag of a step says whose leaf it is.
enum tree_side : std::size_t { left_tree, right_tree, both_trees };

enum class nodes_in_both : std::uint8_t {
  visit,
  skip  // they are passed over unread
};

class pair_walk {
 public:
  pair_walk(const tree_graph& graph, tree_judge& judge, metadata_block left, metadata_block right,
            nodes_in_both shared);

  std::optional<leaf_step> next();

 private:
  void open(const leaf_step& shared, const key_range& expected, tree_side side);
  tree_side side_to_advance() const;

  const tree_graph& graph_;
  tree_judge& judge_;
  bool skip_shared_;
  node_selection shared_;  // reached from both roots
  leaf_walk walks_[2];
  std::optional<leaf_step> heads_[2];
  std::unique_ptr<leaf_walk> inner_;  // through a shared node
  tree_side inner_side_ = both_trees;
};

}  // namespace pdata
