// Mapping trees with holes, and what stands in for damaged nodes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "persistent-data/base/ids.h"
#include "persistent-data/btree/entry_list.h"
#include "persistent-data/btree/tree_graph.h"
#include "persistent-data/btree/tree_judge.h"
#include "persistent-data/io/block_device.h"
#include "thin-tools/repair/pool_view.h"
#include "thin-tools/repair/scan/census.h"

namespace thin_tools {

// A leaf that no tree had: the mappings which leaves of several subtrees have in
// common, where one of these subtrees certainly belongs and it is not known which.
// Kept as a recipe, and put together when it is needed: there may be many.

// What leaves of some subtrees agree on; of one subtree: what its leaf holds.
struct agreed_part {
  // The first one holds whatever they agree on; the others stand in the other
  // subtrees, as often as they stand there.
  std::vector<pdata::metadata_block> sources;
  std::uint32_t nr_subtrees = 0;
  std::uint64_t first_key = 0;
  std::uint64_t last_key = 0;  // of what is taken
  std::uint32_t nr_entries = 0;
  bool likely = false;  // of an older copy of a leaf

  friend auto operator<=>(const agreed_part&, const agreed_part&) = default;
};

struct agreed_leaf {
  std::vector<agreed_part> parts;  // in key order
  std::uint32_t nr_entries = 0;

  std::uint64_t nr_likely() const {
    std::uint64_t sum = 0;
    for (const auto& part : parts) sum += part.likely ? part.nr_entries : 0;
    return sum;
  }
  std::uint64_t first_key() const { return parts.front().first_key; }
  std::uint64_t last_key() const { return parts.back().last_key; }
  friend auto operator<=>(const agreed_leaf&, const agreed_leaf&) = default;
};

// Which values can be true: no others are taken.
using value_filter = std::function<bool(std::uint64_t value)>;

// The entries from first_key to last_key that a leaf of each subtree has. Throws
// error if a leaf cannot be read again.
pdata::entry_list put_together(pdata::block_device& device, const agreed_part& part,
                               const value_filter& possible);
pdata::entry_list put_together(pdata::block_device& device, const agreed_leaf& leaf,
                               const value_filter& possible);

// All mapping trees that a repair looks at: those of the devices, and subtrees
// found without a parent. Wraps a tree_graph whose leaves were all read, and its
// judge; adds the grafts, which stand in for a damaged child. Agreed leaves are
// nodes of the forest, too, with indices behind those of the graph.

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
std::string reason_for(const hole& found);

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

// A subtree without enough parents.
struct orphan {
  pdata::node_index root = 0;
  std::uint32_t nr_missing = 0;  // references
};

// The roots of all devices' trees, each once, ascending.
std::vector<pdata::metadata_block> device_roots(const top_level& top);

// Trees that were read, and what their leaves hold.
struct pool_forest {
  std::unique_ptr<mapping_forest> trees;
  std::unique_ptr<leaf_census> leaves;
  std::vector<pdata::metadata_block> roots;  // ascending
};

// Reads all trees of devices, and those at `more`.
pool_forest read_forest(const repair_request& input, const pool_view& view,
                        std::vector<pdata::metadata_block> more);

// Subtrees that are counted more often than they are referred to, by location.
struct lost_root {
  pdata::metadata_block location = 0;
  std::uint32_t nr_missing = 0;  // references
};
std::vector<lost_root> find_lost_roots(const device_scan& device, const reference_census& census,
                                       const chosen_roots& roots);

// What of them is a good node of the forest.
std::vector<orphan> find_orphans(const mapping_forest& forest, const std::vector<lost_root>& roots);

// Without those that became the trees of devices.
std::vector<orphan> unclaimed(const mapping_forest& forest, const pool_view& view,
                              std::vector<orphan> orphans);

}  // namespace thin_tools
