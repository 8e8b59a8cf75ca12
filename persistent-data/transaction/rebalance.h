// Evens out or merges the children of a node on the way down to a removal: the
// rules of Linux 6.1 dm-btree-remove.c.
#pragma once

#include "persistent-data/transaction/shadow_spine.h"

namespace pdata {

// Prepares the spine's current node, an internal one, for a removal below the
// child that `key` belongs to: merges or evens out that child and its
// neighbours or, where there is only one child, takes its place, and may be a
// leaf afterwards. ENODATA if all keys are greater.
status rebalance_children(shadow_spine& spine, const value_type& values, std::uint64_t key);

}  // namespace pdata
