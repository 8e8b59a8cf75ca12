// All mapping trees that a repair looks at: those of the devices, and subtrees
// found without a parent. Wraps a tree_graph whose leaves were all read, and its
// judge; adds the grafts, which stand in for a damaged child. Agreed leaves are
// nodes of the forest, too, with indices behind those of the graph.
#pragma once

#include <map>
#include <vector>

#include "persistent-data/btree/tree_graph.h"
#include "persistent-data/btree/tree_judge.h"
#include "thin-tools/repair/placement/agreed_leaf.h"

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

// A node that stands in for a damaged one.
struct graft {
  pdata::node_index node = 0;
  bool by_agreement = false;  // which of several subtrees belongs here is not known
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
  pdata::tree_judge::subtree below(pdata::node_index good_node);

  // Those of the graph, and agreed leaves.
  std::size_t nr_nodes() const { return graph_.nr_nodes() + agreed_.size(); }
  bool is_agreed_leaf(pdata::node_index node) const { return node >= graph_.nr_nodes(); }
  bool is_internal(pdata::node_index node) const {
    return !is_agreed_leaf(node) && graph_.node(node).state == pdata::node_state::internal;
  }
  const agreed_leaf& agreed(pdata::node_index node) const {
    return *agreed_[node - graph_.nr_nodes()];
  }
  // When all is read. Equal ones are one node.
  pdata::node_index add_agreed_leaf(const agreed_leaf& leaf);

  // Fills a hole. Grafts may have holes with grafts.
  void fill(const hole_id& where, std::vector<graft> grafts);
  void remove_grafts(const hole_id& where) { grafts_.erase(where); }
  void remove_agreements();
  bool has_grafts(const hole_id& where) const { return grafts_.contains(where); }
  // In key order.
  const std::vector<graft>& grafts_at(const hole_id& where) const;

  // `parent` is a good internal node.
  forest_place at_root(pdata::metadata_block location) const;
  forest_place at_slot(pdata::node_index parent, std::uint32_t slot);

  // Calls visit(node) for each good node that hangs at a place: the one that
  // belongs there, or the grafts in key order.
  template <class Visit>
  void for_each_node_at(const forest_place& place, Visit visit) const {
    if (place.node) return visit(*place.node);
    for (const auto& graft : grafts_at(place.id)) visit(graft.node);
  }
  template <class Visit>
  void for_each_child(pdata::node_index parent, Visit visit) {
    for (std::uint32_t slot = 0; slot < graph_.node(parent).nr_entries; ++slot)
      for_each_node_at(at_slot(parent, slot), visit);
  }

 private:
  pdata::tree_graph graph_;
  pdata::tree_judge judge_;
  std::map<hole_id, std::vector<graft>> grafts_;
  std::map<agreed_leaf, pdata::node_index> agreed_nodes_;
  std::vector<const agreed_leaf*> agreed_;
};

}  // namespace thin_tools
