// Block kinds and their checksums (Linux 6.1 dm-thin-metadata.c, dm-btree-spine.c,
// dm-space-map-common.c, dm-array.c, dm-cache-metadata.c, dm-era-target.c).
//
// A block starts with a 32-bit checksum: CRC-32C over bytes 4..4095, initial
// register all ones, no final complement, XOR a constant that differs for each
// kind. The kind is stored nowhere else, so the constant that fits names it.
// Bytes 8..15 of every thin metadata block hold its own block number.
#pragma once

#include <cstdint>
#include <optional>

#include "persistent-data/base/ids.h"
#include "persistent-data/format/block.h"

namespace pdata {

enum class block_kind : std::uint8_t {
  superblock,
  btree_node,
  index,
  bitmap,
  // Kinds of the sibling targets, only ever identified and packed:
  array,
  cache_superblock,
  era_superblock,
};

inline constexpr int nr_block_kinds = 7;

const char* block_kind_name(block_kind kind);  // "superblock", "btree node", ...

// The checksum that a block of this kind with these contents must carry.
std::uint32_t block_checksum(block_view block, block_kind kind);

std::uint32_t stored_checksum(block_view block);
metadata_block stored_location(block_view block);

// The kind whose checksum fits, if any does.
std::optional<block_kind> identify(block_view block);

// Stores the block's number, then its checksum: the last step before a write.
void seal(block_span block, block_kind kind, metadata_block location);

}  // namespace pdata
