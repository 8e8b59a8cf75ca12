// Writes the trees of a plan. What is undamaged keeps its shape: every internal
// node is written once, however many trees share it, so that the result is not
// larger than what it came from. A node that has lost children is made again of
// those that are left, once for all trees that share it, too. Where fewer are left
// than the kernel leaves in a node, a third, they join the nodes beside them, and the
// entries of such a leaf those of the leaves beside it. A leaf of which no mapping
// can be true is no child: only a root is empty.
//
// Joining takes room and time that hostile trees can multiply: beyond a bound,
// which follows the number of nodes, nodes are left as small as they are.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "persistent-data/btree/entry_list.h"
#include "persistent-data/btree/node_store.h"
#include "thin-tools/repair/output/leaf_rows.h"
#include "thin-tools/repair/scan/census.h"
#include "thin-tools/repair/trees/device_trees.h"

namespace thin_tools {

// Leaves that are kept, which somebody else writes.
struct leaf_access {
  // The new location.
  std::function<pdata::metadata_block(pdata::node_index leaf)> place;
  // What is kept of its entries.
  std::function<pdata::entry_list(pdata::node_index leaf)> read;
  // Called with each leaf that was made of some of them.
  std::function<void(const pdata::entry_list& entries)> joined = [](const auto&) {};
};

class tree_assembler {
 public:
  tree_assembler(mapping_forest& forest, const leaf_census& leaves, pdata::node_store& store,
                 leaf_access access);

  // Plans the trees with these roots, of which others can be written then.
  void prepare(std::span<const pdata::metadata_block> roots);
  // The new root of the tree at `root`; trees of one root are one tree.
  pdata::metadata_block write(pdata::metadata_block root);
  // Of leaves that no tree with these roots has any more: their entries stand in others, which are
  // made of them.
  std::unordered_set<pdata::node_index> replaced_leaves(
      std::span<const pdata::metadata_block> roots);

 private:
  static constexpr pdata::metadata_block nowhere = UINT64_MAX;  // not yet written

  // A node of the forest that is undamaged, or a new one.
  using part = std::uint32_t;
  using part_list = std::vector<part>;
  struct new_node {
    const part_list* children;    // none: a leaf
    const leaf_recipe* contents;  // of a leaf
    std::uint64_t first_key;      // of a leaf it is known when that is written
    int height;
    pdata::metadata_block location = nowhere;
  };

  static constexpr part new_bit = part{1} << 31;
  static bool is_new(part p) { return (p & new_bit) != 0; }
  new_node& made(part p) { return new_nodes_[p & ~new_bit]; }

  std::uint64_t first_key(part p);
  int height(part p);
  part_list children_of(part p);

  void find_changed(std::span<const pdata::metadata_block> roots);
  bool any_small(const std::unordered_set<pdata::node_index>& roots) const;
  bool is_emptied(pdata::node_index leaf) const;
  std::size_t size_of_leaf(pdata::node_index leaf) const;
  bool is_made_again(pdata::node_index node);
  bool may_make_nodes() const { return new_nodes_.size() - known_leaves_.size() < new_nodes_max_; }
  part_list what_is_left(pdata::node_index damaged);
  void append(part_list& to, pdata::node_index node);
  void level(part_list& parts);
  part_list raise(part_list parts, int lowest);
  bool open_left(part_list& beside, part_list& run, int run_height);
  bool open_right(part_list& rest, part_list& run, int run_height);
  void make_nodes(const part_list& run, part_list& to);
  part make_node(part_list children);
  leaf_recipe recipe_of(part leaf) const;
  part leaf_of(leaf_recipe contents);
  void join_leaves(part_list& run);

  // None: the tree is empty.
  std::optional<part> top_of(pdata::metadata_block root);
  std::optional<part> make_top(pdata::metadata_block root);

  pdata::metadata_block locate(part whole);
  pdata::metadata_block write_leaf(new_node& leaf);
  pdata::metadata_block location_of(part p);
  pdata::metadata_block write_node(part p);

  mapping_forest& forest_;
  const leaf_census& leaves_;
  pdata::node_store& store_;
  leaf_access access_;
  std::vector<pdata::metadata_block> written_;                 // by node
  std::map<pdata::metadata_block, std::optional<part>> tops_;  // by old root
  std::map<pdata::metadata_block, pdata::metadata_block> roots_;
  std::unordered_set<pdata::node_index> changed_;          // emptied or small, or above such a node
  std::unordered_map<pdata::node_index, part_list> left_;  // of damaged nodes
  std::map<part_list, part> known_;                        // new nodes by their children
  std::map<leaf_recipe, part> known_leaves_;               // new leaves likewise
  std::deque<new_node> new_nodes_;
  std::size_t new_nodes_max_ = 0;   // beyond nothing is joined
  std::size_t new_leaves_max_ = 0;  // likewise
  std::uint64_t moves_left_ = 0;    // likewise
};

}  // namespace thin_tools
