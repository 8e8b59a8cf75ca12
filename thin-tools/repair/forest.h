// All mapping trees that a repair looks at: those of the devices, and subtrees
// found without a parent. Wraps a tree_graph whose leaves were all read, and its
// judge; adds the grafts, subtrees that stand in for a damaged child.
#pragma once

#include <map>
#include <vector>

#include "persistent-data/btree/tree_graph.h"
#include "persistent-data/btree/tree_judge.h"

namespace thin_tools {

// A place in the forest that leads nowhere. A bad node is one place, whoever
// points to it; a good node in a wrong place is told by the edge that leads there.
struct hole_id {
  pdata::metadata_block location = 0;
  std::uint64_t edge = 0;  // 0: the node itself is bad

  friend auto operator<=>(const hole_id&, const hole_id&) = default;
};

struct hole {
  hole_id id;
  pdata::key_range keys;
  pdata::node_fault why;
  int height = -1;  // of the node that should be here; -1: unknown
};

// What stands at a root or in a slot of an internal node.
struct forest_place {
  std::optional<pdata::node_index> node;  // none: a hole
  hole_id id;                             // of the hole
  pdata::node_fault why;
};

class mapping_forest {
 public:
  mapping_forest(pdata::batch_reader& reader, pdata::metadata_block nr_blocks)
      : graph_(reader, pdata::mapping_tree_shape, nr_blocks), judge_(graph_) {}

  // Before anything is asked; the visitor sees each leaf once.
  void read(std::span<const pdata::metadata_block> roots, const pdata::leaf_visitor& visit) {
    graph_.add(roots, &visit);
  }

  const pdata::tree_graph& graph() const { return graph_; }
  // None: the block is no good node.
  std::optional<pdata::node_index> good_node(pdata::metadata_block location) const;
  // Grafts are not part of it.
  pdata::tree_judge::subtree below(pdata::node_index good_node) {
    return judge_.examine(good_node);
  }

  // Subtrees in key order that fill a hole. Grafts may have holes with grafts.
  void graft(const hole_id& where, std::vector<pdata::node_index> subtrees);
  void remove_grafts(const hole_id& where) { grafts_.erase(where); }
  bool has_grafts(const hole_id& where) const { return grafts_.contains(where); }
  const std::vector<pdata::node_index>& grafts_at(const hole_id& where) const;

  // `parent` is a good internal node.
  forest_place at_root(pdata::metadata_block location) const;
  forest_place at_slot(pdata::node_index parent, std::uint32_t slot);

  // Calls visit(node) for each good node that hangs at a place: the one that
  // belongs there, or the grafts in key order.
  template <class Visit>
  void for_each_node_at(const forest_place& place, Visit visit) const {
    if (place.node) return visit(*place.node);
    for (const auto graft : grafts_at(place.id)) visit(graft);
  }
  template <class Visit>
  void for_each_child(pdata::node_index parent, Visit visit) {
    for (std::uint32_t slot = 0; slot < graph_.node(parent).nr_entries; ++slot)
      for_each_node_at(at_slot(parent, slot), visit);
  }

 private:
  pdata::tree_graph graph_;
  pdata::tree_judge judge_;
  std::map<hole_id, std::vector<pdata::node_index>> grafts_;
};

}  // namespace thin_tools
