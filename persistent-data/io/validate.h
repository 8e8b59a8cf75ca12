// What a block proves about itself before it is parsed: right checksum for its
// kind, right place. A failure names the reason that helps most: a block of
// another kind is called that, not "bad checksum".
#pragma once

#include <optional>

#include "persistent-data/damage/damage.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/checksum.h"

namespace pdata {

// None: the block is of this kind and belongs where it was read.
std::optional<node_fault> validate(block_view block, block_kind kind, metadata_block location);

}  // namespace pdata
