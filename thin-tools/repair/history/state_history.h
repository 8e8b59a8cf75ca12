// The states before the last one, and what of a tree is older than the last commit.
#pragma once

#include <memory>
#include <vector>

#include "thin-tools/repair/history/past_state.h"
#include "thin-tools/repair/pool_view.h"

namespace thin_tools {

// The states before the last one, as far back as each of them must be the one
// before the next: the past states of past states. What was not written over since
// is as good as the state before the last commit.

class state_history {
 public:
  state_history(const device_scan& device, present_state last, std::uint64_t nr_data_blocks);

  // 0 is the state before the last commit. Null: that far back nothing is certain.
  // Each is read when it is first asked for.
  const past_trees* back(std::size_t i);

 private:
  struct link {
    past_state state;
    std::unique_ptr<past_trees> trees;
  };

  bool go_back();

  const device_scan& device_;
  std::uint64_t nr_data_blocks_;
  present_state now_;  // the oldest so far
  std::vector<std::unique_ptr<link>> links_;
  bool ended_ = false;
};

// What of a tree is older than the last commit, and whose it was before.

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

// Null: the space map of the view's state is not known, or damaged.
std::unique_ptr<state_history> open_history(const device_scan& device, const pool_view& view);

}  // namespace thin_tools
