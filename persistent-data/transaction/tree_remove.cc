#include <algorithm>

#include "persistent-data/transaction/rebalance.h"
#include "persistent-data/transaction/shadow_spine.h"
#include "persistent-data/transaction/tree.h"

namespace pdata {

namespace {

// Goes down to the leaf that `key` belongs to, rebalancing on the way.
status descend_to_remove(shadow_spine& spine, metadata_block root, std::uint64_t key) {
  const value_type& values = *spine.type().values;
  metadata_block location = root;
  int entry = -1;
  for (unsigned depth = 0; depth < max_spine_depth; ++depth) {
    const status stepped = spine.step_from(entry, location, values);
    if (!stepped.ok()) return stepped;
    if (spine.current().is_leaf()) return success;
    const status rebalanced = rebalance_children(spine, values, key);
    if (!rebalanced.ok()) return rebalanced;
    const node_editor node = spine.current();  // a leaf, if its only child took its place
    if (node.is_leaf()) return success;
    entry = node.lower_bound(key);
    if (entry < 0) return status(EILSEQ);
    location = node.value_u64(static_cast<std::uint32_t>(entry));
  }
  return status(EILSEQ);
}

// One step of tree_remove_leaves.
status remove_nearest(const tree_type& type, metadata_block& root, std::uint64_t& key,
                      std::uint64_t end) {
  shadow_spine spine(type);
  const status reached = descend_to_remove(spine, root, key);
  if (spine.root() != 0) root = spine.root();  // also where nothing was removed
  if (!reached.ok()) return reached;
  node_editor leaf = spine.current();
  const auto index = static_cast<std::uint32_t>(std::max(leaf.lower_bound(key), 0));
  if (index >= leaf.nr_entries()) return status(ENODATA);
  const std::uint64_t found = leaf.key(index);
  if (found < key || found >= end) return status(ENODATA);
  type.values->dec(leaf.value(index));
  leaf.delete_at(index);
  key = found + 1;
  return success;
}

}  // namespace

status tree_remove(const tree_type& type, metadata_block& root, std::uint64_t key) {
  REQUIRE(type.levels == 1);
  shadow_spine spine(type);
  const status reached = descend_to_remove(spine, root, key);
  if (!reached.ok()) return reached;
  node_editor leaf = spine.current();
  const int bound = leaf.lower_bound(key);
  const auto index = static_cast<std::uint32_t>(bound);
  if (bound < 0 || leaf.key(index) != key) return status(ENODATA);
  type.values->dec(leaf.value(index));
  leaf.delete_at(index);
  root = spine.root();
  return success;
}

result<std::uint64_t> tree_remove_leaves(const tree_type& type, metadata_block& root,
                                         std::uint64_t& key, std::uint64_t end) {
  REQUIRE(type.levels == 1);
  std::uint64_t nr_removed = 0;
  status outcome = remove_nearest(type, root, key, end);
  while (outcome.ok()) {
    ++nr_removed;
    outcome = remove_nearest(type, root, key, end);
  }
  if (outcome.errno_value() != ENODATA) return outcome;
  return nr_removed;
}

}  // namespace pdata
