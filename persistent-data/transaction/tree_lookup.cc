#include <algorithm>
#include <array>

#include "persistent-data/format/tree_value.h"
#include "persistent-data/transaction/shadow_spine.h"
#include "persistent-data/transaction/transaction_manager.h"
#include "persistent-data/transaction/tree.h"

namespace pdata {

namespace {

// A node that is held while it is looked at.
struct read_node {
  block_ref block;
  node_view node;
};

result<read_node> read_tree_node(transaction_manager& manager, metadata_block location,
                                 std::uint32_t leaf_value_bytes) {
  auto block = manager.read(location, block_kind::btree_node);
  if (!block.ok()) return block.failure();
  const auto node = open_node(*block, leaf_value_bytes);
  if (!node.ok()) return node.failure();
  return read_node{std::move(*block), *node};
}

// Looks up an exact key in one level of a tree.
status lookup_level(transaction_manager& manager, metadata_block root, std::uint64_t key,
                    std::uint32_t value_bytes, std::span<std::byte> value) {
  metadata_block location = root;
  key_bounds expected;
  for (unsigned depth = 0; depth < max_spine_depth; ++depth) {
    const auto block = manager.read(location, block_kind::btree_node);
    if (!block.ok()) return block.failure();
    node_view parsed;
    const node_view* const opened = open_node(*block, value_bytes, parsed);
    if (opened == nullptr) return status(EILSEQ);
    const node_view& node = *opened;
    const int bound = node.lower_bound(key, expected);
    if (bound < 0) return status(ENODATA);
    const auto index = static_cast<std::uint32_t>(bound);
    if (!node.is_leaf()) {
      location = node.value_u64(index);
      expected = manager.bounds_of_child(node, index);
      continue;
    }
    if (node.key(index) != key) return status(ENODATA);
    if (!value.empty()) std::copy_n(node.value(index).begin(), value_bytes, value.begin());
    return success;
  }
  return status(EILSEQ);
}

// The root of the last level that the upper keys lead to.
result<metadata_block> lookup_last_root(const tree_type& type, metadata_block root,
                                        tree_keys keys) {
  for (unsigned level = 0; level + 1 < type.levels; ++level) {
    std::array<std::byte, child_value_bytes> value{};
    const status found = lookup_level(*type.manager, root, keys[level], child_value_bytes, value);
    if (!found.ok()) return found;
    root = decode_u64(value);
  }
  return root;
}

// Where lower bounds mislead, one sibling is tried for each node. A sound tree
// needs few such tries; more visits than this mean that nodes are entangled.
constexpr unsigned max_next_visits = 1024;

result<found_entry> lookup_next_below(const tree_type& type, metadata_block location,
                                      std::uint64_t key, unsigned depth, unsigned& visits) {
  if (depth == max_spine_depth || ++visits > max_next_visits) return status(EILSEQ);
  const auto step = read_tree_node(*type.manager, location, type.values->bytes());
  if (!step.ok()) return step.failure();
  const node_view& node = step->node;
  if (node.empty()) return status(ENODATA);

  const int bound = node.lower_bound(key);
  auto index = static_cast<std::uint32_t>(std::max(bound, 0));
  if (node.is_leaf()) {
    if (bound >= 0 && node.key(index) != key) ++index;
    if (index >= node.nr_entries()) return status(ENODATA);
    return found_entry{node.key(index), node.value_u64(index)};
  }
  auto found = lookup_next_below(type, node.value_u64(index), key, depth + 1, visits);
  if (found.errno_value() == ENODATA && index + 1 < node.nr_entries())
    found = lookup_next_below(type, node.value_u64(index + 1), key, depth + 1, visits);
  return found;
}

status visit_range_below(const tree_type& type, metadata_block location, std::uint64_t begin,
                         std::uint64_t end, unsigned depth,
                         const std::function<void(std::uint64_t, std::uint64_t)>& visit) {
  if (depth == max_spine_depth) return status(EILSEQ);
  const auto step = read_tree_node(*type.manager, location, type.values->bytes());
  if (!step.ok()) return step.failure();
  const node_view& node = step->node;
  auto index = static_cast<std::uint32_t>(std::max(node.lower_bound(begin), 0));
  for (; index < node.nr_entries() && node.key(index) < end; ++index) {
    if (!node.is_leaf()) {
      const status visited =
          visit_range_below(type, node.value_u64(index), begin, end, depth + 1, visit);
      if (!visited.ok()) return visited;
    } else if (node.key(index) >= begin) {
      visit(node.key(index), node.value_u64(index));
    }
  }
  return success;
}

}  // namespace

status tree_visit_leaf(const tree_type& type, metadata_block root, tree_keys keys,
                       const std::function<bool(std::uint64_t, std::uint64_t)>& visit) {
  REQUIRE(type.values->bytes() == sizeof(std::uint64_t));
  const auto last_root = lookup_last_root(type, root, keys);
  if (!last_root.ok()) return last_root.failure();
  const std::uint64_t key = keys[type.levels - 1];
  metadata_block location = *last_root;
  for (unsigned depth = 0; depth < max_spine_depth; ++depth) {
    const auto step = read_tree_node(*type.manager, location, type.values->bytes());
    if (!step.ok()) return step.failure();
    const node_view& node = step->node;
    const int bound = node.lower_bound(key);
    if (bound < 0) return status(ENODATA);
    auto index = static_cast<std::uint32_t>(bound);
    if (!node.is_leaf()) {
      location = node.value_u64(index);
      continue;
    }
    if (node.key(index) != key) ++index;
    while (index < node.nr_entries() && visit(node.key(index), node.value_u64(index))) ++index;
    return success;
  }
  return status(EILSEQ);
}

status tree_visit_range(const tree_type& type, metadata_block root, std::uint64_t begin,
                        std::uint64_t end,
                        const std::function<void(std::uint64_t, std::uint64_t)>& visit) {
  REQUIRE(type.levels == 1 && type.values->bytes() == sizeof(std::uint64_t));
  return visit_range_below(type, root, begin, end, 0, visit);
}

status tree_lookup(const tree_type& type, metadata_block root, tree_keys keys,
                   std::span<std::byte> value) {
  const auto last_root = lookup_last_root(type, root, keys);
  if (!last_root.ok()) return last_root.failure();
  return lookup_level(*type.manager, *last_root, keys[type.levels - 1], type.values->bytes(),
                      value);
}

result<std::uint64_t> tree_lookup_u64(const tree_type& type, metadata_block root, tree_keys keys) {
  REQUIRE(type.values->bytes() == sizeof(std::uint64_t));
  std::array<std::byte, sizeof(std::uint64_t)> value{};
  const status found = tree_lookup(type, root, keys, value);
  if (!found.ok()) return found;
  return decode_u64(value);
}

result<found_entry> tree_lookup_next(const tree_type& type, metadata_block root, tree_keys keys) {
  REQUIRE(type.values->bytes() == sizeof(std::uint64_t));
  const auto last_root = lookup_last_root(type, root, keys);
  if (!last_root.ok()) return last_root.failure();
  unsigned visits = 0;
  return lookup_next_below(type, *last_root, keys[type.levels - 1], 0, visits);
}

result<std::uint64_t> tree_highest_key(const tree_type& type, metadata_block root) {
  metadata_block location = root;
  for (unsigned depth = 0; depth < max_spine_depth; ++depth) {
    const auto step = read_tree_node(*type.manager, location, type.values->bytes());
    if (!step.ok()) return step.failure();
    const node_view& node = step->node;
    if (node.empty()) return status(ENODATA);
    if (node.is_leaf()) return node.last_key();
    location = node.value_u64(node.nr_entries() - 1);
  }
  return status(EILSEQ);
}

}  // namespace pdata
