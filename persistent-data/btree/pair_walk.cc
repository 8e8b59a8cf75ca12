#include "persistent-data/btree/pair_walk.h"

#include <array>
#include <utility>

#include "persistent-data/btree/tree_sharing.h"

namespace pdata {

namespace {

node_selection common_nodes(const tree_graph& graph, tree_judge& judge, metadata_block left,
                            metadata_block right) {
  const tree_sharing sharing(graph, judge, std::array{left, right});
  node_selection shared(graph.nr_nodes());
  for (node_index index = 0; index < graph.nr_nodes(); ++index)
    shared[index] = sharing.set(sharing.owners_of(index)).size == 2;
  return shared;
}

}  // namespace

pair_walk::pair_walk(const tree_graph& graph, tree_judge& judge, metadata_block left,
                     metadata_block right, nodes_in_both shared)
    : graph_(graph),
      judge_(judge),
      skip_shared_(shared == nodes_in_both::skip),
      shared_(common_nodes(graph, judge, left, right)),
      walks_{leaf_walk(graph, judge, left, {}), leaf_walk(graph, judge, right, {})} {
  for (auto& walk : walks_) walk.stop_above(shared_);
}

void pair_walk::open(const leaf_step& shared, const key_range& expected, tree_side side) {
  inner_ = std::make_unique<leaf_walk>(graph_, judge_, shared.location, expected, expected);
  inner_side_ = side;
}

// The side that is behind; a shared node waits for the other side to come to it
// as long as that has keys in its range.
tree_side pair_walk::side_to_advance() const {
  const auto& [left, right] = heads_;
  if (!left || !right) return left ? left_tree : right_tree;
  const auto behind = left->expected.begin <= right->expected.begin ? left_tree : right_tree;
  const auto ahead = behind == left_tree ? right_tree : left_tree;
  const bool waits = heads_[behind]->whole && !heads_[ahead]->whole &&
                     heads_[behind]->expected.contains(heads_[ahead]->expected.begin);
  return waits ? ahead : behind;
}

std::optional<leaf_step> pair_walk::next() {
  for (;;) {
    if (inner_) {
      if (auto step = inner_->next()) {
        if (step->whole) continue;  // skipped: what both trees share
        step->tag = inner_side_;
        return step;
      }
      inner_.reset();
    }
    for (const auto side : {left_tree, right_tree})
      if (!heads_[side]) heads_[side] = walks_[side].next();
    auto& [left, right] = heads_;
    if (!left && !right) return std::nullopt;

    if (left && right && left->whole && left->whole == right->whole) {
      if (!skip_shared_) open(*left, intersect(left->expected, right->expected), both_trees);
      left.reset();
      right.reset();
      continue;
    }
    const auto side = side_to_advance();
    auto step = *std::exchange(heads_[side], std::nullopt);
    if (step.whole) {
      open(step, step.expected, side);
      continue;
    }
    step.tag = side;
    return step;
  }
}

}  // namespace pdata
