// Makes room in a full node on the way down to an insertion: the splitting and
// sharing rules of Linux 6.1 dm-btree.c.
#pragma once

#include "persistent-data/transaction/shadow_spine.h"

namespace pdata {

// Turns the current node, the first of its tree, into the parent of two new
// nodes that share its entries. It keeps its location.
status split_beneath(shadow_spine& spine);

// Moves entries of the current node, child `index` of the spine's parent, to an
// unshared sibling with space, or splits. The current node is then the one that
// `key` belongs to.
status rebalance_or_split(shadow_spine& spine, const value_type& values, std::uint32_t index,
                          std::uint64_t key);

}  // namespace pdata
