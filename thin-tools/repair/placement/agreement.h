// What several subtrees agree on, and leaves of decent size made of it.
#pragma once

#include <map>
#include <variant>
#include <vector>

#include "persistent-data/io/block_device.h"
#include "thin-tools/repair/placement/problem.h"
#include "thin-tools/repair/trees/device_trees.h"

namespace thin_tools {

// What fills one hole: subtrees as they are, and parts of leaves on which several
// agree. Of parts whole leaves are made, at least a third full, as the kernel leaves
// them: a part that is too small joins the parts or the leaf beside it. Where there is none the
// leaf stays small: what stands beside the hole is joined when the tree is written
// (tree_assembler.h).

struct hole_content {
  std::uint64_t first_key = 0;
  std::uint64_t last_key = 0;
  std::variant<graft, agreed_part> what;
};

using hole_contents = std::vector<hole_content>;

// Contents in any order; what overlaps what is before it is left out.
std::vector<graft> make_grafts(mapping_forest& forest, pdata::block_device& device,
                               hole_contents contents, const value_filter& possible);

// What several subtrees have in common in a stretch of keys: nodes that they share, and
// the mappings that are equal in leaves which differ. Never in more
// parts than any one of the subtrees has leaves there. The same question is answered
// once.

class agreement_maker {
 public:
  agreement_maker(mapping_forest& forest, pdata::block_device& device, value_filter possible);

  // Ascending subtrees. What costs too much to compare is not agreed on.
  const hole_contents& agreement(const std::vector<pdata::node_index>& subtrees,
                                 const key_section& keys);

 private:
  // A leaf, or an internal node above nothing but good leaves.
  struct piece {
    pdata::node_index node;
    key_section keys;
  };
  using piece_list = std::vector<piece>;

  hole_contents compare(const std::vector<pdata::node_index>& subtrees, const key_section& keys);
  piece_list list_pieces(pdata::node_index subtree, const key_section& keys);
  void add_piece(piece_list& to, pdata::node_index node, const key_section& keys);
  piece_list open_up(const piece_list& pieces, const key_section& keys);
  void take_common(std::vector<piece_list>& lists, const key_section& keys, hole_contents& to);
  void agree_on_rest(std::vector<piece_list>& lists, const key_section& keys, hole_contents& to);
  std::optional<agreed_part> agree_on_leaf(const piece& offered, std::size_t offering,
                                           const std::vector<piece_list>& lists,
                                           const key_section& keys);

  mapping_forest& forest_;
  pdata::block_device& device_;
  value_filter possible_;
  std::map<std::pair<std::vector<pdata::node_index>, key_section>, hole_contents> known_;
  std::uint64_t pieces_left_;
  std::uint64_t reads_left_;
};

}  // namespace thin_tools
