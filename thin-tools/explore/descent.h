// The way down a tree to where a key is looked up, and what stands there.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "thin-tools/explore/pool_source.h"

namespace thin_tools::explore {

// The keys that are looked up below entry `slot` of an internal node, which itself is to hold
// those of `whole`.
pdata::key_range keys_below(const pdata::node_view& node, std::uint32_t slot,
                            const pdata::key_range& whole);

struct descent {
  struct step {
    pdata::metadata_block location = 0;
    pdata::key_range expected;
  };
  std::vector<step> way;  // from the root; the last is the leaf, or the node that is faulty
  std::optional<pdata::node_fault> fault;
  std::optional<std::vector<std::byte>> value;  // of exactly the key
};

descent descend(pool_source& pool, const pdata::tree_shape& shape, pdata::metadata_block root,
                std::uint64_t key);

// The count of a block in a space map: two bits of a bitmap, or an entry of the overflow tree.
struct stored_count {
  std::uint64_t count = 0;
  std::optional<pdata::node_fault> fault;  // why it is not known
};
stored_count count_of(pool_source& pool, pdata::space_map_kind kind, std::uint64_t block);

// The index entry of a bitmap.
struct found_entry {
  std::optional<pdata::index_entry> entry;
  std::optional<pdata::node_fault> fault;
};
found_entry index_entry_of(pool_source& pool, pdata::space_map_kind kind, std::uint64_t bitmap);

}  // namespace thin_tools::explore
