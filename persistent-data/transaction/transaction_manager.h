// Copy on write: Linux 6.1 dm-transaction-manager.c.
//
// A block of the last transaction is never changed; it is shadowed: copied to a
// new block, which the caller then links in its place. A block that was made in
// this transaction and is not shared is changed where it is.
#pragma once

#include <cstdint>
#include <vector>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/ids.h"
#include "persistent-data/base/status.h"
#include "persistent-data/transaction/block_cache.h"
#include "persistent-data/transaction/space_map.h"

namespace pdata {

struct shadowed_block {
  write_ref block;
  // The original was shared: everything that the block points to has one more
  // reference now, and the caller has to count it at once.
  bool inc_children = false;
};

class transaction_manager {
 public:
  explicit transaction_manager(block_cache& cache) : cache_(cache) {}

  // The map that counts the metadata blocks; it stands on this manager itself.
  void attach(space_map& metadata_map) { map_ = &metadata_map; }

  // False: as a kernel that lacks the fix, see rebalance.cc.
  bool counts_children_of_only_child = true;

  result<write_ref> new_block(block_kind kind);
  result<shadowed_block> shadow_block(metadata_block original, block_kind kind);
  result<block_ref> read(metadata_block block, block_kind kind) { return cache_.read(block, kind); }
  // For a block that this transaction has shadowed already.
  result<write_ref> write(metadata_block block, block_kind kind) {
    return cache_.write(block, kind);
  }

  // Failures are dropped, as the kernel drops them.
  void inc(metadata_block begin, metadata_block end) { map_->inc(begin, end).ignore(); }
  void dec(metadata_block begin, metadata_block end) { map_->dec(begin, end).ignore(); }
  void inc(metadata_block block) { inc(block, block + 1); }
  void dec(metadata_block block) { dec(block, block + 1); }

  result<std::uint32_t> count(metadata_block block) { return map_->count(block); }
  result<bool> is_shared(metadata_block block) { return map_->count_is_more_than_one(block); }
  std::uint64_t nr_metadata_blocks() const { return map_->nr_blocks(); }

  // Another one for each transaction of this manager.
  std::uint32_t transaction_number() const { return number_; }
  // Another one whenever entries of a tree may have come to another node.
  std::uint64_t nr_moves() const { return nr_moves_; }
  void note_move() { ++nr_moves_; }

  // First half of a commit: everything but the superblock is durable after it.
  status pre_commit();
  // Second half: releases and writes the superblock, and the transaction ends.
  status commit(write_ref superblock);

 private:
  enum class original_is : std::uint8_t { kept, let_go };  // in memory
  result<write_ref> copy_block(metadata_block original, block_kind kind, original_is afterwards);
  result<write_ref> copy_kept(metadata_block location, block_kind kind, metadata_block original);

  bool is_shadow(metadata_block block) const {
    return block < made_in_.size() && made_in_[to_size(block)] == number_;
  }
  void note_shadow(metadata_block block);

  block_cache& cache_;
  space_map* map_ = nullptr;
  std::uint32_t number_ = 1;
  std::uint64_t nr_moves_ = 0;
  // By block: the transaction that made it last.
  std::vector<std::uint32_t> made_in_;
};

}  // namespace pdata
