// The copy-on-write B-trees: operations of Linux 6.1 dm-btree.c and
// dm-btree-remove.c, with their order of allocations, their moves and so their
// stale bytes.
//
// A tree has levels: the values of all but the last are roots of trees of the
// next; `keys` has one key for each level. A root is changed by an operation
// that shadows it; it keeps its value where the operation fails (except in
// tree_remove_leaves). ENODATA: no such key. EILSEQ: the nodes do not form such
// a tree. Other errors are those of block cache and space map.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "persistent-data/base/ids.h"
#include "persistent-data/base/status.h"
#include "persistent-data/transaction/block_cache.h"
#include "persistent-data/transaction/value_type.h"

namespace pdata {

class transaction_manager;

struct tree_type {
  transaction_manager* manager = nullptr;
  unsigned levels = 1;
  const value_type* values = nullptr;  // of the last level
};

using tree_keys = std::span<const std::uint64_t>;  // one for each level

// A descent longer than this is a cycle.
inline constexpr unsigned max_spine_depth = 64;

// Makes an empty tree of the type's values.
result<metadata_block> tree_create(const tree_type& type);

// Copies the value to `value`, which has its size or is empty.
status tree_lookup(const tree_type& type, metadata_block root, tree_keys keys,
                   std::span<std::byte> value);
// The same for trees whose values are 64-bit integers.
result<std::uint64_t> tree_lookup_u64(const tree_type& type, metadata_block root, tree_keys keys);

struct found_entry {
  std::uint64_t key = 0;
  std::uint64_t value = 0;
};

// The first entry at or after the key, in the last level. For 64-bit values.
result<found_entry> tree_lookup_next(const tree_type& type, metadata_block root, tree_keys keys);

// Calls visit(key, value) for the entries at or after the key in the leaf where it is or
// belongs, in order, until that returns false. For 64-bit values.
status tree_visit_leaf(const tree_type& type, metadata_block root, tree_keys keys,
                       const std::function<bool(std::uint64_t, std::uint64_t)>& visit);

// The same for all entries with last keys in [begin, end).
status tree_visit_range(const tree_type& type, metadata_block root, std::uint64_t begin,
                        std::uint64_t end,
                        const std::function<void(std::uint64_t, std::uint64_t)>& visit);

// The largest key of a tree of one level; ENODATA if it is empty.
result<std::uint64_t> tree_highest_key(const tree_type& type, metadata_block root);

// Inserts or overwrites; true if the key is new. Trees of missing upper keys
// are made.
result<bool> tree_insert(const tree_type& type, metadata_block& root, tree_keys keys,
                         std::span<const std::byte> value);

struct overwrite_leaf {
  write_ref leaf;
  std::uint32_t index = 0;
};

// The leaf of a key that must exist (else EINVAL), shadowed, so that its value
// can be changed in place. For trees of one level.
result<overwrite_leaf> tree_overwrite_leaf(const tree_type& type, metadata_block& root,
                                           std::uint64_t key);

// For trees of one level.
status tree_remove(const tree_type& type, metadata_block& root, std::uint64_t key);

// Removes entries with keys in [key, end) one by one, up to a gap between them
// or the end of the range; `key` moves behind the last one removed. `root` is
// changed by every step, the failing last one too. Yields their number. For
// trees of one level.
result<std::uint64_t> tree_remove_leaves(const tree_type& type, metadata_block& root,
                                         std::uint64_t& key, std::uint64_t end);

// Drops one reference to the tree; what nobody refers to then is released,
// values before their leaf, children before their parent.
status tree_delete(const tree_type& type, metadata_block root);

}  // namespace pdata
