#include "persistent-data/transaction/make_room.h"

#include "persistent-data/transaction/node_moves.h"
#include "persistent-data/transaction/transaction_manager.h"

namespace pdata {

namespace {

// A sibling with less space than this is not worth the move.
constexpr std::uint32_t space_threshold = 8;

// A new empty node of the same shape.
result<write_ref> new_sibling(const tree_type& type, const node_editor& like) {
  auto block = type.manager->new_block(block_kind::btree_node);
  if (block.ok())
    node_editor::format(block->span(), like.kind(), like.value_size(), like.max_entries());
  return block;
}

struct sibling_state {
  bool shared = false;
  bool has_space = false;
};

result<sibling_state> inspect_sibling(const tree_type& type, metadata_block sibling,
                                      const value_type& values) {
  const auto shared = type.manager->is_shared(sibling);
  if (!shared.ok()) return shared.failure();
  if (*shared) return sibling_state{true, false};
  const auto block = type.manager->read(sibling, block_kind::btree_node);
  if (!block.ok()) return block.failure();
  const auto node = open_node(*block, values.bytes());
  if (!node.ok()) return node.failure();
  return sibling_state{false, node->max_entries() - node->nr_entries() >= space_threshold};
}

status share_with_left(shadow_spine& spine, const value_type& values, std::uint32_t index,
                       std::uint64_t key) {
  node_editor parent = spine.parent();
  auto sibling = shadow_child(spine.type(), parent, index - 1, values);
  if (!sibling.ok()) return sibling.failure();
  node_editor left(sibling->span());
  node_editor right = spine.current();
  const status shape = check_same_shape(left, right);
  if (!shape.ok()) return shape;
  redistribute_two(left, right);
  parent.set_key(index, right.key(0));
  if (key < right.key(0)) spine.replace_current(std::move(*sibling));
  return success;
}

status share_with_right(shadow_spine& spine, const value_type& values, std::uint32_t index,
                        std::uint64_t key) {
  node_editor parent = spine.parent();
  auto sibling = shadow_child(spine.type(), parent, index + 1, values);
  if (!sibling.ok()) return sibling.failure();
  node_editor left = spine.current();
  node_editor right(sibling->span());
  const status shape = check_same_shape(left, right);
  if (!shape.ok()) return shape;
  redistribute_two(left, right);
  parent.set_key(index + 1, right.key(0));
  if (key >= right.key(0)) spine.replace_current(std::move(*sibling));
  return success;
}

status split_one_into_two(shadow_spine& spine, std::uint32_t index, std::uint64_t key) {
  node_editor left = spine.current();
  auto block = new_sibling(spine.type(), left);
  if (!block.ok()) return block.failure();
  node_editor right(block->span());
  redistribute_two(left, right);
  node_editor parent = spine.parent();
  const status linked = insert_child(parent, index + 1, right.key(0), block->location());
  if (linked.ok() && key >= right.key(0)) spine.replace_current(std::move(*block));
  return linked;
}

// Requires a left sibling.
status split_two_into_three(shadow_spine& spine, const value_type& values, std::uint32_t index,
                            std::uint64_t key) {
  node_editor parent = spine.parent();
  node_editor right = spine.current();
  auto left_block = shadow_child(spine.type(), parent, index - 1, values);
  if (!left_block.ok()) return left_block.failure();
  node_editor left(left_block->span());
  auto center_block = new_sibling(spine.type(), left);
  if (!center_block.ok()) return center_block.failure();
  node_editor center(center_block->span());
  const status shape = check_same_shape(left, right);
  if (!shape.ok()) return shape;
  redistribute_three(left, center, right);

  parent.set_key(index, right.key(0));
  const status linked = insert_child(parent, index, center.key(0), center_block->location());
  if (!linked.ok()) return linked;
  if (key < center.key(0))
    spine.replace_current(std::move(*left_block));
  else if (key < right.key(0))
    spine.replace_current(std::move(*center_block));
  return success;
}

}  // namespace

status split_beneath(shadow_spine& spine) {
  const node_editor node = spine.current();
  const std::uint32_t nr_left = node.nr_entries() / 2;
  const std::uint32_t nr_right = node.nr_entries() - nr_left;

  const auto left_block = new_sibling(spine.type(), node);
  if (!left_block.ok()) return left_block.failure();
  node_editor left(left_block->span());
  node_editor::move_entries(left, 0, node, 0, nr_left);
  left.set_nr_entries(nr_left);

  const auto right_block = new_sibling(spine.type(), node);
  if (!right_block.ok()) return right_block.failure();
  node_editor right(right_block->span());
  node_editor::move_entries(right, 0, node, nr_left, nr_right);
  right.set_nr_entries(nr_right);

  node_editor parent = node_editor::format(node.bytes(), node_kind::internal, child_value_bytes,
                                           max_node_entries(child_value_bytes));
  parent.set_nr_entries(2);
  parent.set_key(0, left.key(0));
  parent.set_value_u64(0, left_block->location());
  parent.set_key(1, right.key(0));
  parent.set_value_u64(1, right_block->location());
  return success;
}

// Shared siblings are left alone: to break the sharing would take more space
// than it saves.
status rebalance_or_split(shadow_spine& spine, const value_type& values, std::uint32_t index,
                          std::uint64_t key) {
  const node_editor parent = spine.parent();
  const std::uint32_t nr_parent = parent.nr_entries();
  sibling_state left;
  sibling_state right;
  if (index > 0) {
    const auto state = inspect_sibling(spine.type(), parent.value_u64(index - 1), values);
    if (!state.ok()) return state.failure();
    left = *state;
    if (left.has_space) return share_with_left(spine, values, index, key);
  }
  if (index + 1 < nr_parent) {
    const auto state = inspect_sibling(spine.type(), parent.value_u64(index + 1), values);
    if (!state.ok()) return state.failure();
    right = *state;
    if (right.has_space) return share_with_right(spine, values, index, key);
  }
  // Ascending and descending runs of insertions split one node, others two.
  if (left.shared || right.shared || nr_parent <= 2 || index == 0 || index + 1 == nr_parent)
    return split_one_into_two(spine, index, key);
  return split_two_into_three(spine, values, index, key);
}

}  // namespace pdata
