// The metadata blocks in memory: Linux 6.1 dm-block-manager.c on dm-bufio.c.
//
// A block is read once, checked for its kind at its first use as that kind and
// kept. Changed blocks are dirty until flush writes all of them, sealed, in
// ascending order and neighbours joined; nothing is dropped unwritten, whether
// or not the block is still in use. A device that takes unsealed blocks
// (io/unsealed_blocks.h) gets them one by one; where they may be late a flush only
// counts them, and the device gets what leaves the cache while it is in use.
//
// Memory follows the blocks in use: where there are many, a flush drops clean ones
// that were not touched since it last did so, which copies on write leave behind.
// What a B-tree node was parsed to stays with its block as long as that is clean.
//
// Errors: EIO and the like of the device; EPERM for changes while read-only;
// EINVAL where a block in memory is asked for as another kind; check_block's.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/ids.h"
#include "persistent-data/base/status.h"
#include "persistent-data/base/zeroed_pieces.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/io/block_device.h"
#include "persistent-data/io/unsealed_blocks.h"
#include "persistent-data/transaction/cached_block.h"

namespace pdata {

class block_cache {
 public:
  explicit block_cache(block_device& device)
      : device_(device), unsealed_(dynamic_cast<unsealed_blocks*>(&device)) {}
  block_cache(const block_cache&) = delete;
  block_cache& operator=(const block_cache&) = delete;

  // `kind` none: as it is, unchecked.
  result<block_ref> read(metadata_block location, std::optional<block_kind> kind) {
    cached_block* const known = find(location);
    const bool is_ready = known != nullptr && known->kind == kind &&
                          (known->parsed || known->dirty || kind != block_kind::btree_node);
    if (!is_ready) return read_checked(location, kind);
    known->touched = true;
    return block_ref(*this, *known);
  }
  result<write_ref> write(metadata_block location, block_kind kind) {
    cached_block* const known = find(location);
    if (known == nullptr || !known->dirty || known->kind != kind || read_only_)
      return write_checked(location, kind);
    known->touched = true;
    return write_ref(*this, *known);
  }
  // Of a node that is to be searched for the key next, whose keys are expected there.
  void prefetch_node(metadata_block location, std::uint64_t key, const key_bounds& expected);
  // A block of zeroes, whatever it was before; reads nothing.
  result<write_ref> zero(metadata_block location, block_kind kind);
  // The same, with the bytes of another block.
  result<write_ref> copy(metadata_block location, block_kind kind, const block_ref& from);
  // The same, and the other block has no owner any more: what lets go of it and copies it.
  // The other one stays what it was if the transaction is given up: see drop_taken_over().
  result<write_ref> take_over(metadata_block location, block_kind kind, metadata_block from);

  // Writes every dirty block, then flushes the device. EIO and the like if any
  // write failed since the last flush; failed blocks count as clean.
  status flush();

  // A block that was copied has no owner any more, but is read until the transaction is durable.
  void take_over_later(metadata_block location) {
    if (may_be_late()) taken_over_.push_back(location);
  }
  // The transaction is durable: nobody reads again what was taken over.
  void drop_taken_over();

  // Hands over what the device is owed.
  void pay_all();

  // Writes every dirty block, also while read-only, and forgets all blocks. A
  // failure is reported by the next flush.
  void reset();

  // In each node that came from the device until now.
  bool keys_ascend() const { return keys_ascend_; }

  bool is_read_only() const { return read_only_; }
  void set_read_only() { read_only_ = true; }
  void set_read_write() { read_only_ = false; }

 private:
  friend class block_ref;

  cached_block* find(metadata_block location) {
    if (location >= max_metadata_blocks) return find_far(location);
    const std::size_t number = to_size(location / blocks_per_page);
    if (number >= pages_.size() || !pages_[number]) return nullptr;
    cached_block& block = (*pages_[number])[location % blocks_per_page];
    return block.data == nullptr ? nullptr : &block;
  }
  cached_block* find_far(metadata_block location);
  result<block_ref> read_checked(metadata_block location, std::optional<block_kind> kind);
  result<write_ref> write_checked(metadata_block location, block_kind kind);
  cached_block& place_of(metadata_block location);
  cached_block& add(metadata_block location);
  void forget(cached_block& block);
  static bool may_forget(const cached_block& block) {
    return !block.dirty && !block.write_failed && block.holds == 0;
  }
  result<cached_block*> load(metadata_block location);
  result<cached_block*> checked(metadata_block location, std::optional<block_kind> kind);
  void parse_if_clean(cached_block& block);
  void make_dirty(cached_block& block);
  cached_block& begin_anew(metadata_block location, block_kind kind);
  void write_dirty_blocks();
  void write_unsealed_blocks();
  void owe_dirty_blocks();
  void pay(cached_block& block);
  bool may_be_late() const { return unsealed_ != nullptr && unsealed_->may_be_late(); }
  static unsealed_block unsealed(const cached_block& block);
  void write_run(std::size_t first, std::size_t last);
  void sweep_if_many();

  // Buffers come in slabs, which keeps page-aligned allocations dense; many, in huge pages.
  block_buffer* take_buffer();

  // Blocks of all possible metadata are found through pages of a table; only
  // wrong pointers lead beyond.
  static constexpr std::size_t blocks_per_page = 512;
  static constexpr std::size_t many_blocks = 4096;  // 16 MiB
  using page = std::array<cached_block, blocks_per_page>;

  block_device& device_;
  unsealed_blocks* unsealed_;  // the device, if it takes these
  bool read_only_ = false;
  bool keys_ascend_ = true;
  std::vector<std::unique_ptr<page>> pages_;
  std::unordered_map<metadata_block, cached_block> far_blocks_;
  std::vector<cached_block*> dirty_;
  std::vector<metadata_block> taken_over_;  // late ones, in this transaction
  std::size_t nr_blocks_ = 0;
  std::size_t sweep_at_ = many_blocks;
  status write_error_;                                  // the first since the last flush
  std::vector<std::unique_ptr<block_buffer[]>> slabs_;  // the first buffers
  std::optional<zeroed_pieces> many_buffers_;           // the others
  std::vector<block_buffer*> free_buffers_;
  std::vector<block_buffer> staging_;
};

inline void block_ref::release() {
  cached_block* const block = std::exchange(block_, nullptr);
  if (block == nullptr) return;
  if (--block->holds == 0 && block->write_failed && !block->dirty) cache_->forget(*block);
}

}  // namespace pdata
