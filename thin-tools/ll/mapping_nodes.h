// Nodes of mapping trees, wherever they stand: each is the root of a subtree that
// was read to its last leaf, and is whole or is not.
#pragma once

#include <optional>
#include <span>

#include "persistent-data/base/key_range.h"
#include "persistent-data/btree/tree_graph.h"
#include "persistent-data/btree/tree_judge.h"

namespace thin_tools {

class mapping_nodes {
 public:
  // Reads the nodes and all below them. A root may lie outside the device, or be
  // anything: then it is not whole.
  mapping_nodes(pdata::batch_reader& reader, pdata::metadata_block nr_blocks,
                std::span<const pdata::metadata_block> roots);

  // Requires one of the roots or a node below them.
  bool is_whole(pdata::metadata_block node);
  std::uint64_t nr_mappings(pdata::metadata_block node);

  // The rest requires a node that is whole.
  pdata::graph_node at(pdata::metadata_block node) const;
  // From the node's first key to the last one below it.
  struct extent {
    pdata::thin_block first;
    pdata::thin_block last;
  };
  std::optional<extent> keys(pdata::metadata_block node) const;  // none: it is empty

  // The latest time of a mapping that was read.
  std::uint32_t latest_time() const { return latest_time_; }

  // Calls visit(child) for the children of an internal node that belong below it.
  template <class Visit>
  void for_each_child(pdata::node_index index, Visit visit) {
    const auto parent = graph_.node(index);
    if (parent.state != pdata::node_state::internal) return;
    judge_.prepare(index);
    for (std::uint32_t slot = 0; slot < parent.nr_entries; ++slot)
      if (judge_.edge_fault(index, slot) == nullptr) visit(graph_.child(parent, slot));
  }

  const pdata::tree_graph& graph() const { return graph_; }
  pdata::tree_judge& judge() { return judge_; }

 private:
  pdata::tree_graph graph_;
  pdata::tree_judge judge_;
  std::uint32_t latest_time_ = 0;
};

}  // namespace thin_tools
