#include "persistent-data/transaction/block_check.h"

#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/superblock.h"

namespace pdata {

status check_block(block_view block, block_kind kind, metadata_block location) {
  if (stored_location(block) != location) return status(ENOTBLK);
  if (kind == block_kind::superblock && superblock::load(block).magic != superblock_magic)
    return status(EILSEQ);
  if (stored_checksum(block) != block_checksum(block, kind)) return status(EILSEQ);
  if (kind == block_kind::btree_node &&
      std::holds_alternative<node_fault>(node_view::parse_layout(block)))
    return status(EILSEQ);
  return success;
}

}  // namespace pdata
