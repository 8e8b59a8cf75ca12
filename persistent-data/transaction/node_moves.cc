#include "persistent-data/transaction/node_moves.h"
#include "persistent-data/format/tree_value.h"

#include <array>

namespace pdata {

status check_same_shape(const node_editor& a, const node_editor& b) {
  const bool same = a.max_entries() == b.max_entries() && a.value_size() == b.value_size() &&
                    a.is_leaf() == b.is_leaf();
  return same ? success : status(EILSEQ);
}

void redistribute_two(node_editor& left, node_editor& right) {
  const std::uint32_t nr_left = left.nr_entries();
  const std::uint32_t nr_right = right.nr_entries();
  const std::uint32_t target_left = (nr_left + nr_right) / 2;
  const std::uint32_t target_right = nr_left + nr_right - target_left;

  if (nr_left < target_left) {
    const std::uint32_t delta = target_left - nr_left;
    node_editor::move_entries(left, nr_left, right, 0, delta);
    node_editor::move_entries(right, 0, right, delta, nr_right - delta);
  } else if (nr_left > target_left) {
    const std::uint32_t delta = nr_left - target_left;
    node_editor::move_entries(right, delta, right, 0, nr_right);
    node_editor::move_entries(right, 0, left, target_left, delta);
  }
  left.set_nr_entries(target_left);
  right.set_nr_entries(target_right);
}

void redistribute_three(node_editor& left, node_editor& center, node_editor& right) {
  const std::uint32_t nr_left = left.nr_entries();
  const std::uint32_t nr_right = right.nr_entries();
  const std::uint32_t total = nr_left + nr_right;
  const std::uint32_t target_left = total / 3;
  const std::uint32_t target_center = (total - target_left) / 2;
  const std::uint32_t target_right = total - target_left - target_center;

  if (nr_left < target_left) {
    const std::uint32_t missing = target_left - nr_left;
    node_editor::move_entries(left, nr_left, right, 0, missing);
    node_editor::move_entries(center, 0, right, missing, target_center);
    node_editor::move_entries(right, 0, right, nr_right - target_right, target_right);
  } else if (nr_left < target_left + target_center) {
    const std::uint32_t surplus = nr_left - target_left;
    node_editor::move_entries(center, 0, left, target_left, surplus);
    node_editor::move_entries(center, surplus, right, 0, target_center - surplus);
    node_editor::move_entries(right, 0, right, nr_right - target_right, target_right);
  } else {
    const std::uint32_t missing = target_right - nr_right;
    node_editor::move_entries(right, missing, right, 0, nr_right);
    node_editor::move_entries(right, 0, left, nr_left - missing, missing);
    // Also copies what has just gone to the right node, behind the live entries.
    node_editor::move_entries(center, 0, left, target_left, nr_left - target_left);
  }
  left.set_nr_entries(target_left);
  center.set_nr_entries(target_center);
  right.set_nr_entries(target_right);
}

status shift_entries(node_editor& left, node_editor& right, int count) {
  const status shape = check_same_shape(left, right);
  if (!shape.ok()) return shape;
  const std::uint32_t nr_left = left.nr_entries();
  const std::uint32_t nr_right = right.nr_entries();
  const std::uint32_t moved = static_cast<std::uint32_t>(count < 0 ? -count : count);
  const bool to_right = count > 0;
  const std::uint32_t nr_source = to_right ? nr_left : nr_right;
  const std::uint32_t nr_target = to_right ? nr_right : nr_left;
  if (moved > nr_source || moved > left.max_entries() - nr_target) return status(EINVAL);
  if (moved == 0) return success;

  if (to_right) {
    node_editor::move_entries(right, moved, right, 0, nr_right);
    node_editor::move_entries(right, 0, left, nr_left - moved, moved);
    left.set_nr_entries(nr_left - moved);
    right.set_nr_entries(nr_right + moved);
  } else {
    node_editor::move_entries(left, nr_left, right, 0, moved);
    node_editor::move_entries(right, 0, right, moved, nr_right - moved);
    left.set_nr_entries(nr_left + moved);
    right.set_nr_entries(nr_right - moved);
  }
  return success;
}

status insert_child(node_editor& parent, std::uint32_t index, std::uint64_t key,
                    std::uint64_t child) {
  if (index > parent.nr_entries() || parent.nr_entries() >= parent.max_entries())
    return status(ENOMEM);
  parent.insert_at(index, key, encode_u64(child));
  return success;
}

}  // namespace pdata
