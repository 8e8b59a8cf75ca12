// What Linux 6.1 demands of a block before it uses it as one of a kind: the
// validators of dm-thin-metadata.c, dm-btree-spine.c and
// dm-space-map-common.c, with their order of tests and their errno values.
// The checker's judgement (io/validate.h) is stricter and names more.
#pragma once

#include "persistent-data/base/ids.h"
#include "persistent-data/base/status.h"
#include "persistent-data/format/checksum.h"

namespace pdata {

// ENOTBLK: the block carries another location. EILSEQ: anything else is wrong.
status check_block(block_view block, block_kind kind, metadata_block location);

}  // namespace pdata
