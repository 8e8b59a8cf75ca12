// The way down through a tree that is being changed: the node and its parent,
// both shadowed (Linux 6.1 dm-btree-spine.c, struct shadow_spine).
#pragma once

#include <array>

#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/node_editor.h"
#include "persistent-data/transaction/tree.h"

namespace pdata {

// A node that passed check_block, for use in a tree with such leaf values: a leaf
// or internal, with values of the right size and room for some. EILSEQ otherwise.
result<node_view> open_node(const block_ref& block, std::uint32_t leaf_value_bytes);
// The same where it lies, while the block is held: with the block or in `parsed`; null otherwise.
const node_view* open_node(const block_ref& block, std::uint32_t leaf_value_bytes,
                           node_view& parsed);

// Shadows a node of a tree with such leaf values and counts what it points to.
result<write_ref> shadow_node(const tree_type& type, metadata_block node, const value_type& values);

// Counts one more reference to everything that the node points to.
void inc_children(transaction_manager& manager, const node_view& node, const value_type& values);

// Shadows child `index` of a shadowed parent and links it there.
result<write_ref> shadow_child(const tree_type& type, node_editor& parent, std::uint32_t index,
                               const value_type& values);

class shadow_spine {
 public:
  explicit shadow_spine(const tree_type& type) : type_(type) {}

  // Goes on to a node. Its parent still points to the original.
  status step(metadata_block node, const value_type& values);
  // The same, and links the node as entry `index` of the parent, if both are there.
  status step_from(int index, metadata_block node, const value_type& values);

  const tree_type& type() const { return type_; }
  metadata_block root() const { return root_; }
  bool has_parent() const { return count_ == 2; }
  // The node reached; requires a successful step. The parent: requires has_parent().
  node_editor current() const { return node_editor(nodes_[count_ - 1].span()); }
  node_editor parent() const { return node_editor(nodes_[0].span()); }
  metadata_block current_location() const { return nodes_[count_ - 1].location(); }
  void replace_current(write_ref node) { nodes_[count_ - 1] = std::move(node); }
  write_ref take_current() { return std::move(nodes_[--count_]); }

 private:
  const tree_type& type_;
  std::array<write_ref, 2> nodes_;
  unsigned count_ = 0;
  metadata_block root_ = 0;
};

}  // namespace pdata
