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
  result<shadowed_block> shadow_block(metadata_block original, block_kind kind) {
    if (!is_single_shadow(original)) return shadow_anew(original, kind);
    auto block = cache_.write(original, kind);
    if (!block.ok()) return block.failure();
    return shadowed_block{std::move(*block), false};
  }
  result<block_ref> read(metadata_block block, block_kind kind) { return cache_.read(block, kind); }
  // For a block that this transaction has shadowed already.
  result<write_ref> write(metadata_block block, block_kind kind) {
    return cache_.write(block, kind);
  }

  // Failures are dropped, as the kernel drops them.
  void inc(metadata_block begin, metadata_block end) {
    forget_single(begin, end);
    map_->inc(begin, end).ignore();
  }
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

  void prefetch_node(metadata_block node, std::uint64_t key, const key_bounds& expected) {
    cache_.prefetch_node(node, key, expected);
  }
  // What a node says of the keys of a child. Nothing where keys of some node did not ascend: a
  // search finds there what the kernel's steps lead to.
  template <class Node>
  key_bounds bounds_of_child(const Node& node, std::uint32_t index) const {
    return cache_.keys_ascend() ? node.bounds_of_child(index) : key_bounds{};
  }

  // First half of a commit: everything but the superblock is durable after it.
  status pre_commit();
  // Second half: releases and writes the superblock, and the transaction ends.
  status commit(write_ref superblock);

 private:
  // What is known of a block: in what transaction it was made last, and when the space map
  // said last that nobody shares it.
  struct known_block {
    std::uint32_t made_in = 0;
    std::uint32_t single_in = 0;
  };

  enum class original_is : std::uint8_t { kept, let_go };  // in memory
  status flush();
  result<shadowed_block> shadow_anew(metadata_block original, block_kind kind);
  result<write_ref> copy_block(metadata_block original, block_kind kind, original_is afterwards);
  result<write_ref> copy_kept(metadata_block location, block_kind kind, metadata_block original);

  bool is_shadow(metadata_block block) const {
    return block < known_.size() && known_[to_size(block)].made_in == number_;
  }
  // The map need not be asked again: all that raises a count passes here, and the bitmap that
  // it read stays in memory until blocks are written.
  bool is_single_shadow(metadata_block block) const {
    if (block >= known_.size()) return false;
    const known_block& known = known_[to_size(block)];
    return known.made_in == number_ && known.single_in == nr_flushes_;
  }
  void note_shadow(metadata_block block);
  void note_single(metadata_block block);
  void forget_single(metadata_block begin, metadata_block end);

  block_cache& cache_;
  space_map* map_ = nullptr;
  std::uint32_t number_ = 1;
  std::uint64_t nr_moves_ = 0;
  std::uint32_t nr_flushes_ = 1;  // of the cache, and one
  std::vector<known_block> known_;
};

}  // namespace pdata
