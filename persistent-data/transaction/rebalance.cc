#include "persistent-data/transaction/rebalance.h"

#include <algorithm>

#include "persistent-data/transaction/node_moves.h"
#include "persistent-data/transaction/transaction_manager.h"

namespace pdata {

namespace {

// A shadowed child and its place in the parent.
struct child {
  write_ref block;
  std::uint32_t index = 0;

  node_editor node() const { return node_editor(block.span()); }
};

result<child> open_child(shadow_spine& spine, const value_type& values, std::uint32_t index) {
  node_editor parent = spine.current();
  auto block = shadow_child(spine.type(), parent, index, values);
  if (!block.ok()) return block.failure();
  return child{std::move(*block), index};
}

status even_out_two(transaction_manager& manager, node_editor& parent, const child& l,
                    const child& r) {
  node_editor left = l.node();
  node_editor right = r.node();
  const std::uint32_t nr_left = left.nr_entries();
  const std::uint32_t nr_right = right.nr_entries();
  // Both must keep a third of the maximum whichever loses an entry.
  const std::uint32_t threshold = 2 * (left.max_entries() / 3 + 1);
  if (nr_left + nr_right >= threshold) {
    const int surplus = static_cast<int>(nr_left) - static_cast<int>((nr_left + nr_right) / 2);
    const status shifted = shift_entries(left, right, surplus);
    if (shifted.ok()) parent.set_key(r.index, right.key(0));
    return shifted;
  }
  const status shape = check_same_shape(left, right);
  if (!shape.ok()) return shape;
  node_editor::move_entries(left, nr_left, right, 0, nr_right);
  left.set_nr_entries(nr_left + nr_right);
  parent.delete_at(r.index);
  manager.dec(r.block.location());  // its children are the left node's now
  return success;
}

// Empties the center into its neighbours, the left one first.
status delete_center(transaction_manager& manager, node_editor& parent, const child& l,
                     const child& c, child& r) {
  node_editor left = l.node();
  node_editor center = c.node();
  node_editor right = r.node();
  const std::uint32_t nr_left = left.nr_entries();
  const std::uint32_t nr_center = center.nr_entries();
  const std::uint32_t nr_right = right.nr_entries();
  const std::uint32_t to_left = std::min(left.max_entries() - nr_left, nr_center);
  const std::uint32_t to_right = nr_center - to_left;

  node_editor::move_entries(left, nr_left, center, 0, to_left);
  left.set_nr_entries(nr_left + to_left);
  if (to_right != 0) {
    if (nr_right + to_right > right.max_entries()) return status(EINVAL);
    node_editor::move_entries(right, to_right, right, 0, nr_right);
    node_editor::move_entries(right, 0, center, to_left, to_right);
    right.set_nr_entries(nr_right + to_right);
  }
  parent.set_key(r.index, right.key(0));
  parent.delete_at(c.index);
  --r.index;
  manager.dec(c.block.location());
  return even_out_two(manager, parent, l, r);
}

// Shifts between the three so that each holds a third.
status shift_to_thirds(node_editor& left, node_editor& center, node_editor& right) {
  int nr_left = static_cast<int>(left.nr_entries());
  const int nr_center = static_cast<int>(center.nr_entries());
  int nr_right = static_cast<int>(right.nr_entries());
  const int total = nr_left + nr_center + nr_right;
  const int target_right = total / 3;
  const int target_left = target_right + (target_right * 3 != total ? 1 : 0);

  if (nr_left < nr_right) {
    int surplus = nr_left - target_left;
    if (surplus < 0 && nr_center < -surplus) {  // the center has not enough
      const status all = shift_entries(left, center, -nr_center);
      if (!all.ok()) return all;
      surplus += nr_center;
      const status rest = shift_entries(left, right, surplus);
      if (!rest.ok()) return rest;
      nr_right += surplus;
    } else {
      const status shifted = shift_entries(left, center, surplus);
      if (!shifted.ok()) return shifted;
    }
    return shift_entries(center, right, target_right - nr_right);
  }
  int missing = target_right - nr_right;
  if (missing > 0 && nr_center < missing) {  // the center has not enough
    const status all = shift_entries(center, right, nr_center);
    if (!all.ok()) return all;
    missing -= nr_center;
    const status rest = shift_entries(left, right, missing);
    if (!rest.ok()) return rest;
    nr_left -= missing;
  } else {
    const status shifted = shift_entries(center, right, missing);
    if (!shifted.ok()) return shifted;
  }
  return shift_entries(left, center, nr_left - target_left);
}

status even_out_three(transaction_manager& manager, node_editor& parent, const child& l,
                      const child& c, child& r) {
  node_editor left = l.node();
  node_editor center = c.node();
  node_editor right = r.node();
  for (const node_editor* other : {&center, &right}) {
    const status shape = check_same_shape(left, *other);
    if (!shape.ok()) return shape;
  }
  const std::uint32_t threshold = 4 * (left.max_entries() / 3) + 1;
  if (left.nr_entries() + center.nr_entries() + right.nr_entries() < threshold)
    return delete_center(manager, parent, l, c, r);
  const status shifted = shift_to_thirds(left, center, right);
  if (!shifted.ok()) return shifted;
  parent.set_key(c.index, center.key(0));
  parent.set_key(r.index, right.key(0));
  return success;
}

status rebalance_two(shadow_spine& spine, const value_type& values, std::uint32_t first) {
  const auto left = open_child(spine, values, first);
  if (!left.ok()) return left.failure();
  const auto right = open_child(spine, values, first + 1);
  if (!right.ok()) return right.failure();
  node_editor parent = spine.current();
  return even_out_two(*spine.type().manager, parent, *left, *right);
}

status rebalance_three(shadow_spine& spine, const value_type& values, std::uint32_t first) {
  const auto left = open_child(spine, values, first);
  if (!left.ok()) return left.failure();
  const auto center = open_child(spine, values, first + 1);
  if (!center.ok()) return center.failure();
  auto right = open_child(spine, values, first + 2);
  if (!right.ok()) return right.failure();
  node_editor parent = spine.current();
  return even_out_three(*spine.type().manager, parent, *left, *center, *right);
}

// The only child moves into its parent, which keeps its location. Kernels before
// "dm-thin: fix metadata refcount underflow" (CVE-2026-46107) forgot that a
// shared child stays, so that what it refers to has one more reference.
status collapse(shadow_spine& spine, const value_type& values) {
  transaction_manager& manager = *spine.type().manager;
  const node_editor node = spine.current();
  const metadata_block location = node.value_u64(0);
  const auto shared = manager.is_shared(location);
  if (!shared.ok()) return shared.failure();
  const auto only = manager.read(location, block_kind::btree_node);
  if (!only.ok()) return only.failure();
  const auto opened = open_node(*only, values.bytes());
  if (!opened.ok()) return opened.failure();
  const block_view from = only->view();
  if (*shared && manager.counts_children_of_only_child) inc_children(manager, *opened, values);
  std::copy(from.begin(), from.end(), node.bytes().begin());
  manager.dec(location);
  return success;
}

}  // namespace

status rebalance_children(shadow_spine& spine, const value_type& values, std::uint64_t key) {
  spine.type().manager->note_move();
  const node_editor node = spine.current();
  if (node.nr_entries() == 1) return collapse(spine, values);
  const int bound = node.lower_bound(key);
  if (bound < 0) return status(ENODATA);
  const auto index = static_cast<std::uint32_t>(bound);
  if (index == 0) return rebalance_two(spine, values, 0);
  if (index + 1 == node.nr_entries()) return rebalance_two(spine, values, index - 1);
  return rebalance_three(spine, values, index - 1);
}

}  // namespace pdata
