// Writes the trees of a plan. What is undamaged keeps its shape: every internal
// node is written once, however many trees share it, so that the result is not
// larger than what it came from. A tree with holes is put together again from its
// pieces: the nodes above the leaves that are whole, and the leaves that are left
// of the others, at least a third of a node together, as the kernel leaves them.
#pragma once

#include <map>
#include <vector>

#include "persistent-data/btree/node_store.h"
#include "persistent-data/btree/shared_nodes.h"
#include "thin-tools/repair/forest.h"

namespace thin_tools {

class tree_assembler {
 public:
  // `leaf_location` gives the new location of a leaf that is kept.
  tree_assembler(mapping_forest& forest, pdata::node_store& store,
                 std::function<pdata::metadata_block(pdata::metadata_block old)> leaf_location);

  // The new root of the tree at `root`; trees of one root are one tree.
  pdata::metadata_block write(pdata::metadata_block root);

 private:
  // Leaves for a node of their own, or a whole node.
  struct group {
    std::optional<pdata::node_index> whole;
    pdata::entry_list leaves{8};
  };

  pdata::metadata_block write_whole(pdata::node_index root);
  pdata::metadata_block write_pieces(pdata::metadata_block root);
  std::vector<group> gather(pdata::metadata_block root);
  void add_leaves(pdata::entry_list& to, const tree_piece& piece);
  void open_up(group& whole);
  void join_small_groups(std::vector<group>& groups);
  pdata::metadata_block write_levels(const std::vector<group>& groups);
  void write_balanced(const pdata::entry_list& entries, pdata::entry_list& parents);
  pdata::metadata_block write_once(const pdata::entry_list& entries, std::size_t first,
                                   std::size_t count);

  mapping_forest& forest_;
  pdata::node_store& store_;
  std::function<pdata::metadata_block(pdata::metadata_block)> leaf_location_;
  std::vector<pdata::metadata_block> written_;  // by node; 0: not yet
  std::map<pdata::metadata_block, pdata::metadata_block> roots_;
  pdata::shared_nodes assembled_;
};

}  // namespace thin_tools
