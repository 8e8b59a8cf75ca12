// Moves of entries between siblings. What they leave in the vacated slots is
// part of the image, so they follow Linux 6.1 dm-btree.c move by move.
// All require siblings of the same shape.
#pragma once

#include "persistent-data/base/status.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/node_editor.h"

namespace pdata {

// Success if entries can move between the two; EILSEQ otherwise.
status check_same_shape(const node_editor& a, const node_editor& b);

// Shares the entries out; the right node gets the odd one.
void redistribute_two(node_editor& left, node_editor& right);

// Shares the entries of two nodes out to three. Requires an empty center.
void redistribute_three(node_editor& left, node_editor& center, node_editor& right);

// Moves `count` entries from the end of left to the front of right or, if it
// is negative, from the front of right to the end of left. EINVAL where
// they are not there or do not fit.
status shift_entries(node_editor& left, node_editor& right, int count);

// Inserts a child behind entry index - 1; ENOMEM where the node is full.
status insert_child(node_editor& parent, std::uint32_t index, std::uint64_t key,
                    std::uint64_t child);

}  // namespace pdata
