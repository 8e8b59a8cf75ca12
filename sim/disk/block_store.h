// Bytes of a device, in blocks of 4096: what memory_backing keeps of metadata. A block costs
// as much as it has bytes in front of its last zeroes; those that were written long ago are
// packed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "persistent-data/base/ids.h"

namespace sim {

class block_store {
 public:
  static constexpr std::size_t block_bytes = 4096;
  using block_number = std::uint64_t;

  void put(block_number block, std::span<const std::byte, block_bytes> bytes);
  void erase(block_number block);
  bool has(block_number block) const { return find(block) != nullptr; }
  bool empty() const { return nr_blocks_ == 0; }
  std::size_t nr_blocks() const { return nr_blocks_; }
  // The first block at or behind this one that is there; `end` if there is none below that.
  block_number next(block_number block, block_number end) const;

  // Copies the block, which is there, and returns how many bytes of it are in front of its
  // last zeroes, in whole sectors.
  std::size_t read(block_number block, std::span<std::byte, block_bytes> to) const;

 private:
  static constexpr std::size_t blocks_per_page = 512;

  using buffer = std::unique_ptr<std::byte[]>;
  // `kept` bytes of the `used` ones are there; fewer: they are packed.
  struct stored {
    buffer bytes;
    std::uint16_t used = 0;
    std::uint16_t kept = 0;
    bool queued = false;  // to be packed
  };
  using page = std::array<stored, blocks_per_page>;

  const stored* find(block_number block) const;
  stored& place_of(block_number block);
  buffer take_buffer();
  void pack_oldest();

  std::vector<std::unique_ptr<page>> pages_;
  std::size_t nr_blocks_ = 0;
  std::deque<block_number> unpacked_;  // the oldest first
  std::vector<buffer> free_;           // of whole blocks
};

}  // namespace sim
