// The leaves of one tree in key order, from a graph and its judge: what to read
// and what is known to be lost. Reads nothing itself.
#pragma once

#include <optional>
#include <unordered_set>
#include <vector>

#include "persistent-data/btree/tree_graph.h"
#include "persistent-data/btree/tree_judge.h"

namespace pdata {

struct leaf_step {
  metadata_block location = 0;
  key_range expected;               // the keys that the tree looks up here
  key_range wanted;                 // the part of them that was asked for
  std::optional<node_fault> fault;  // why it cannot be used, `wanted` is lost
  std::optional<node_index> whole;  // not entered: it stands for all leaves below it
  std::uint32_t nr_visits = 1;      // how many steps of a stream lead here, for its cache
  std::size_t tag = 0;              // the caller's, to tell trees of one stream apart
};

// What a leaf_walk does not enter: a bit for each node of the graph.
using node_selection = std::vector<bool>;

// The step as a finding in the tree that `model` names.
damage finding_at(const leaf_step& step, const damage& model);

class leaf_walk {
 public:
  // Yields the leaves that may hold keys of `wanted`. A root inside a tree has
  // the range that is expected of it.
  leaf_walk(const tree_graph& graph, tree_judge& judge, metadata_block root,
            const key_range& wanted, const key_range& expected = {});

  // Nodes of the selection are yielded whole, as are those that the graph skipped. It must outlive
  // the walk.
  void stop_above(const node_selection& selection) { selection_ = &selection; }

  // The next leaf or fault, or none at the end.
  std::optional<leaf_step> next();

 private:
  struct frame {
    node_index index;
    key_range range;
    std::uint32_t next_slot;
  };

  void advance();
  void enter(node_index index, const key_range& range);
  void stop_at(metadata_block location, const key_range& expected,
               const std::optional<node_fault>& fault);

  const tree_graph& graph_;
  const tree_judge& judge_;
  const node_selection* selection_ = nullptr;
  std::optional<std::pair<node_index, key_range>> root_;
  key_range wanted_;
  std::vector<frame> stack_;
  std::unordered_set<node_index> entered_;
  std::optional<leaf_step> pending_;
};

}  // namespace pdata
