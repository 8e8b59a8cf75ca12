// A metadata block in memory, as block_cache.h keeps it.
#pragma once

#include <cstdint>
#include <optional>

#include "persistent-data/base/ids.h"
#include "persistent-data/format/block.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/checksum.h"

namespace pdata {

// A block in memory, with its state: one line of the processor's cache.
struct cached_block {
  metadata_block location = 0;
  block_buffer* data = nullptr;    // none: the block is not in memory
  std::uint32_t holds = 0;         // how many references are out
  std::uint32_t like = 0;          // of a dirty block: what it was copied from; 0: not known
  std::optional<block_kind> kind;  // none: never checked
  bool dirty = false;
  bool write_failed = false;      // its last write; the block is dropped after its next use
  bool parsed = false;            // `node` stands for the contents; only while clean
  bool touched = false;           // since the last sweep
  bool owed = false;              // it is clean, and the device does not have it
  std::uint8_t half_entries = 0;  // of a dirty node, about
  node_view node;
};
static_assert(sizeof(void*) != 8 || sizeof(cached_block) == 64);

}  // namespace pdata
