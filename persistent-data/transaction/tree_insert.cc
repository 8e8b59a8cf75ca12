#include <array>

#include "persistent-data/transaction/make_room.h"
#include "persistent-data/transaction/node_moves.h"
#include "persistent-data/transaction/shadow_spine.h"
#include "persistent-data/transaction/transaction_manager.h"
#include "persistent-data/transaction/tree.h"

namespace pdata {

namespace {

// An overwrite in a leaf needs no space; an internal node is split in any case.
bool has_space_for(const node_editor& node, std::uint64_t key, const key_bounds& expected) {
  if (node.nr_entries() < node.max_entries()) return true;
  if (!node.is_leaf()) return false;
  const int index = node.lower_bound(key, expected);
  return index >= 0 && node.key(static_cast<std::uint32_t>(index)) == key;
}

// Goes down one level of a tree, making room on the way. `index`: in, the entry
// of the upper level's leaf that leads here, -1 for none; out, where the key is
// or belongs in the leaf reached.
status descend_to_insert(shadow_spine& spine, metadata_block root, const value_type& values,
                         std::uint64_t key, int& index) {
  metadata_block location = root;
  int entry = index;
  key_bounds expected;
  for (unsigned depth = 0; depth < max_spine_depth; ++depth) {
    if (depth != 0) spine.type().manager->prefetch_node(location, key, expected);
    const status stepped = spine.step_from(entry, location, values);
    if (!stepped.ok()) return stepped;
    if (!has_space_for(spine.current(), key, expected)) {
      expected = {};
      spine.type().manager->note_move();
      const status made =
          depth == 0 ? split_beneath(spine)
                     : rebalance_or_split(spine, values, static_cast<std::uint32_t>(entry), key);
      if (!made.ok()) return made;
    }
    node_editor node = spine.current();
    entry = node.lower_bound(key, expected);
    if (node.is_leaf()) {
      const bool present = entry >= 0 && node.key(static_cast<std::uint32_t>(entry)) == key;
      index = present ? entry : entry + 1;
      return success;
    }
    if (entry < 0) {  // the tree's lowest key falls
      node.set_key(0, key);
      entry = 0;
    }
    location = node.value_u64(static_cast<std::uint32_t>(entry));
    expected = spine.type().manager->bounds_of_child(node, static_cast<std::uint32_t>(entry));
  }
  return status(EILSEQ);
}

bool is_missing(const node_editor& leaf, std::uint32_t index, std::uint64_t key) {
  return index >= leaf.nr_entries() || leaf.key(index) != key;
}

status insert_entry(node_editor& leaf, std::uint32_t index, std::uint64_t key,
                    std::span<const std::byte> value) {
  if (index > leaf.nr_entries() || leaf.nr_entries() >= leaf.max_entries()) return status(ENOMEM);
  leaf.insert_at(index, key, value);
  return success;
}

}  // namespace

result<metadata_block> tree_create(const tree_type& type) {
  const auto block = type.manager->new_block(block_kind::btree_node);
  if (!block.ok()) return block.failure();
  node_editor::format(block->span(), node_kind::leaf, type.values->bytes(),
                      max_node_entries(type.values->bytes()));
  return block->location();
}

result<bool> tree_insert(const tree_type& type, metadata_block& root, tree_keys keys,
                         std::span<const std::byte> value) {
  const block_values roots(*type.manager);
  shadow_spine spine(type);
  metadata_block location = root;
  int index = -1;
  for (unsigned level = 0; level + 1 < type.levels; ++level) {
    const status reached = descend_to_insert(spine, location, roots, keys[level], index);
    if (!reached.ok()) return reached;
    node_editor leaf = spine.current();
    const auto at = static_cast<std::uint32_t>(index);
    if (is_missing(leaf, at, keys[level])) {
      const auto subtree = tree_create(type);
      if (!subtree.ok()) return subtree.failure();
      const status linked = insert_child(leaf, at, keys[level], *subtree);
      if (!linked.ok()) return linked;
    }
    location = leaf.value_u64(at);
  }

  const std::uint64_t key = keys[type.levels - 1];
  const status reached = descend_to_insert(spine, location, *type.values, key, index);
  if (!reached.ok()) return reached;
  node_editor leaf = spine.current();
  const auto at = static_cast<std::uint32_t>(index);
  const bool missing = is_missing(leaf, at, key);
  if (missing) {
    const status inserted = insert_entry(leaf, at, key, value);
    if (!inserted.ok()) return inserted;
  } else {
    if (!type.values->equal(leaf.value(at), value)) type.values->dec(leaf.value(at));
    leaf.set_value(at, value);
  }
  root = spine.root();
  return missing;
}

result<overwrite_leaf> tree_overwrite_leaf(const tree_type& type, metadata_block& root,
                                           std::uint64_t key) {
  shadow_spine spine(type);
  metadata_block location = root;
  int entry = -1;
  key_bounds expected;
  for (unsigned depth = 0; depth < max_spine_depth; ++depth) {
    const status stepped = spine.step_from(entry, location, *type.values);
    if (!stepped.ok()) return stepped;
    const node_editor node = spine.current();
    entry = node.lower_bound(key, expected);
    if (entry < 0) return status(EINVAL);
    const auto index = static_cast<std::uint32_t>(entry);
    if (node.is_leaf()) {
      if (node.key(index) != key) return status(EINVAL);
      root = spine.root();
      return overwrite_leaf{spine.take_current(), index};
    }
    location = node.value_u64(index);
    expected = type.manager->bounds_of_child(node, index);
  }
  return status(EILSEQ);
}

}  // namespace pdata
