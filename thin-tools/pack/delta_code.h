// The instruction code in which a pack file stores a block: runs of 64-bit
// numbers as steps from the number before, everything else literally. Format
// version 3 of thin_metadata_pack; the table of instructions is in the source.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "persistent-data/base/error.h"
#include "persistent-data/format/block.h"

namespace thin_tools {

// Appends the instructions that produce `block`. Keys and values of a B-tree
// node become steps, unused slots included, so that the result is exact to the
// byte; a block of any other contents becomes one literal.
void encode_block(pdata::block_view block, std::vector<std::byte>& to);

// Where instructions come from, byte by byte or in pieces.
class instruction_source {
 public:
  virtual ~instruction_source() = default;
  // Fills `to`. Throws error at the end of the instructions.
  virtual void take(std::span<std::byte> to) = 0;
};

// Executes instructions until a whole block has come out. Throws error where
// they are undefined or produce more than a block.
void decode_block(instruction_source& from, pdata::block_span block);

}  // namespace thin_tools
