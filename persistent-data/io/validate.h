// What a block proves about itself before it is parsed: right checksum for its
// kind, right place. A failure names the reason that helps most: a block of
// another kind is called that, not "bad checksum".
#pragma once

#include <optional>

#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/damage.h"
#include "persistent-data/io/batch_reader.h"

namespace pdata {

// None: the block is of this kind and belongs where it was read.
std::optional<node_fault> validate(block_view block, block_kind kind, metadata_block location);
// The same of a block that a reader hands over, or that it could not be read.
std::optional<node_fault> validate(const read_block& block, block_kind kind);

// A block that reading failed for. Requires a failure.
node_fault unreadable(status outcome);

// `model`, which says what tree or map it is about, as a finding of this fault.
damage finding_of(const node_fault& fault, metadata_block location, const damage& model);

}  // namespace pdata
