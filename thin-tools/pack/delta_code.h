// The instruction code in which a pack file stores a block: runs of 64-bit
// numbers as steps from the number before, everything else literally. Format
// version 3 of thin_metadata_pack; the table of instructions is in the source.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "persistent-data/base/error.h"
#include "persistent-data/format/block.h"
#include "persistent-data/format/tree_value.h"

namespace thin_tools {

// Appends the instructions that produce `block`. Keys and values of a B-tree
// node become steps, unused slots included, so that the result is exact to the
// byte; a block of any other contents becomes one literal.
void encode_block(pdata::block_view block, std::vector<std::byte>& to);

// Where instructions come from, a piece at a time.
class instruction_source {
 public:
  virtual ~instruction_source() = default;

  // Fills `to`. Throws error at the end of the instructions.
  void take(std::span<std::byte> to) {
    if (to.size() <= left()) {
      std::memcpy(to.data(), at_, to.size());
      at_ += to.size();
    } else {
      take_pieces(to);
    }
  }
  std::uint8_t take_byte() {
    if (at_ == end_) refill();
    return std::to_integer<std::uint8_t>(*at_++);
  }
  // A number of `width` bytes: 1, 2, 4 or 8.
  std::uint64_t take_number(std::uint32_t width) {
    std::array<std::byte, 8> bytes{};
    if (left() >= bytes.size()) {
      const auto number = pdata::decode_u64({at_, bytes.size()});
      at_ += width;
      return number & ~std::uint64_t{0} >> (64 - 8 * width);
    }
    take(std::span(bytes).first(width));
    return pdata::decode_u64(bytes);
  }

 protected:
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  void begin_piece(std::span<const std::byte> piece) {
    at_ = piece.data();
    end_ = at_ + piece.size();
  }
  // The piece is used up: begins the next, which is not empty. Throws error at the end.
  virtual void refill() = 0;

 private:
  void take_pieces(std::span<std::byte> to);

  const std::byte* at_ = nullptr;
  const std::byte* end_ = nullptr;
};

// Executes instructions until a whole block has come out. Throws error where
// they are undefined or produce more than a block.
void decode_block(instruction_source& from, pdata::block_span block);

}  // namespace thin_tools
