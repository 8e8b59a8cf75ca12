// Which single change makes a block with a bad checksum right again.
//
// CRC-32C is linear: what an error does to it depends on where the error is, not on the block.
// A flipped bit of a 4 KiB block therefore has a signature of its own, and a damaged byte one
// that it shares with one byte of 4,100 others at most. What is more than that is proof:
// the block must name its place, and be a sound structure of its kind. Where exactly
// one change is left, it is the right one; where there are several, none is made.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "persistent-data/base/ids.h"
#include "persistent-data/format/block.h"
#include "persistent-data/format/checksum.h"

namespace pdata {

enum class correction_kind : std::uint8_t {
  bit,      // one bit, anywhere in the block
  byte,     // one byte, anywhere in the block
  cleared,  // bytes of a superblock that nothing uses: zeroes again
};

struct block_correction {
  correction_kind kind = correction_kind::bit;
  block_kind is = block_kind::btree_node;  // what the block is when corrected
  std::uint32_t offset = 0;                // of the byte; of the first one
  std::uint8_t flipped = 0;                // bits of the byte

  friend bool operator==(const block_correction&, const block_correction&) = default;
};

// None: the block is right as it is, is of another place, or no change or more than one
// makes it right. `nr_blocks`: of the metadata device, which every location lies within.
std::optional<block_correction> find_correction(block_view block, metadata_block location,
                                                metadata_block nr_blocks);

// Changes the block accordingly.
void apply(const block_correction& correction, block_span block);

// "bit 3 of byte 1000", "byte 77", "bytes from 364 on that nothing uses"
std::string describe(const block_correction& correction);

// What a block with a right checksum of one of the four kinds of thin metadata must be
// beyond that. Kernel and known tools write no other.
bool sound_structure(block_view block, block_kind kind, metadata_block nr_blocks);

}  // namespace pdata
