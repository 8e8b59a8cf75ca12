// Bytes of a device, in blocks of 4096: what memory_backing keeps of metadata. Where there
// are many, a block costs as much as it differs by from an earlier version of it, or what it
// is packed to.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "persistent-data/base/ids.h"
#include "persistent-data/io/unsealed_blocks.h"
#include "sim/disk/cell_pool.h"

namespace sim {

class block_store {
 public:
  static constexpr std::size_t block_bytes = 4096;
  using block_number = std::uint64_t;

  block_store() = default;
  block_store(const block_store&) = delete;
  block_store& operator=(const block_store&) = delete;

  void put(block_number block, std::span<const std::byte, block_bytes> bytes);
  // A metadata block that is to be sealed whenever it is read.
  void put_unsealed(const pdata::unsealed_block& block);
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
  static std::size_t place_in_page(block_number block);

  // A version of a block that later ones are kept as patches of.
  struct original {
    std::array<std::byte, block_bytes> bytes;
    std::uint32_t users = 0;  // patches, and the list of recent ones
  };
  struct stored {
    cell_pool::cell* bytes = nullptr;  // none: there is no block
    original* of = nullptr;            // what they are a patch of
    std::uint16_t used = 0;
    std::uint16_t kept = 0;                 // bytes; fewer than used and no patch: they are packed
    std::optional<pdata::block_kind> seal;  // it is to be sealed as
  };
  using page = std::array<stored, blocks_per_page>;

  // Originals of late, by what versions of a block have in common, the last one first.
  struct recent {
    std::uint32_t likeness = 0;
    std::uint32_t nr_unlike = 0;  // versions, while it has no patches
    original* block = nullptr;

    bool is_used() const { return block->users > 1; }
  };
  static constexpr std::size_t recent_in_set = 8;
  using recent_set = std::array<recent, recent_in_set>;

  const stored* find(block_number block) const;
  stored& place_of(block_number block);
  void let_go(const stored& version);
  static void read_version(const stored& here, std::span<std::byte, block_bytes> to);
  void let_go(original* block);
  void keep(stored& here, std::span<const std::byte> bytes);
  void keep_version(block_number block, std::span<const std::byte, block_bytes> bytes,
                    std::size_t used, original* like);
  bool keep_patch(stored& here, std::span<const std::byte, block_bytes> bytes, original* of);
  bool keep_known_patch(stored& here, std::span<const std::byte, block_bytes> bytes,
                        std::uint32_t likeness);
  void keep_packed(stored& here, std::span<const std::byte> bytes);
  void list_original(std::span<const std::byte, block_bytes> bytes, std::uint32_t likeness);
  recent_set& set_of(std::uint32_t likeness);

  std::vector<std::unique_ptr<page>> pages_;
  std::size_t nr_blocks_ = 0;
  cell_pool cells_;
  std::deque<original> originals_;
  std::vector<original*> free_originals_;
  std::vector<recent_set> recent_;
};

}  // namespace sim
