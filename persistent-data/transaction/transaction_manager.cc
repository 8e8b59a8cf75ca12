#include "persistent-data/transaction/transaction_manager.h"

#include <algorithm>

#include "persistent-data/base/checked_math.h"

namespace pdata {

void transaction_manager::note_shadow(metadata_block block) {
  if (block >= known_.size()) known_.resize(to_size(std::max(block + 1, block + block / 2)));
  known_[to_size(block)].made_in = number_;
}

void transaction_manager::note_single(metadata_block block) {
  if (block < known_.size()) known_[to_size(block)].single_in = nr_flushes_;
}

void transaction_manager::forget_single(metadata_block begin, metadata_block end) {
  end = std::min<metadata_block>(end, known_.size());
  for (; begin < end; ++begin) known_[to_size(begin)].single_in = 0;
}

result<write_ref> transaction_manager::new_block(block_kind kind) {
  const auto location = map_->new_block();
  if (!location.ok()) return location.failure();
  auto block = cache_.zero(*location, kind);
  if (block.ok())
    note_shadow(*location);
  else
    dec(*location);
  return block;
}

result<shadowed_block> transaction_manager::shadow_anew(metadata_block original, block_kind kind) {
  // Asked of blocks of this transaction, too: where it fails so does the write (Linux 6.1
  // dm-transaction-manager.c, dm_tm_shadow_block), as on metadata of nine blocks.
  const auto shared = map_->count_is_more_than_one(original);
  if (!shared.ok()) return shared.failure();
  // Bitmaps of the last transaction are read until this one ends, nodes hardly ever.
  const auto afterwards =
      !*shared && kind == block_kind::btree_node ? original_is::let_go : original_is::kept;
  auto block = !*shared && is_shadow(original) ? cache_.write(original, kind)
                                               : copy_block(original, kind, afterwards);
  if (!block.ok()) return block.failure();
  if (!*shared && block->location() == original && map_->has_counts()) note_single(original);
  const bool is_of_map = kind == block_kind::bitmap || kind == block_kind::index;
  if (!*shared && is_of_map && block->location() != original) cache_.take_over_later(original);
  return shadowed_block{std::move(*block), *shared};
}

// The new block is counted before the original is let go: the order decides
// which block numbers are used.
result<write_ref> transaction_manager::copy_block(metadata_block original, block_kind kind,
                                                  original_is afterwards) {
  const auto location = map_->new_block();
  if (!location.ok()) return location.failure();
  const status let_go = map_->dec(original, original + 1);
  if (!let_go.ok()) return let_go;
  auto copy = afterwards == original_is::let_go ? cache_.take_over(*location, kind, original)
                                                : copy_kept(*location, kind, original);
  if (copy.ok()) note_shadow(*location);
  return copy;
}

result<write_ref> transaction_manager::copy_kept(metadata_block location, block_kind kind,
                                                 metadata_block original) {
  const auto from = cache_.read(original, kind);
  if (!from.ok()) return from.failure();
  return cache_.copy(location, kind, *from);
}

status transaction_manager::flush() {
  if (++nr_flushes_ == 0) {
    for (known_block& one : known_) one.single_in = 0;
    nr_flushes_ = 1;
  }
  return cache_.flush();
}

status transaction_manager::pre_commit() {
  const status counted = map_->commit();
  if (!counted.ok()) return counted;
  return flush();
}

status transaction_manager::commit(write_ref superblock) {
  if (++number_ == 0) {
    known_.clear();
    number_ = 1;
  }
  superblock.release();
  const status flushed = flush();
  if (flushed.ok()) cache_.drop_taken_over();
  return flushed;
}

}  // namespace pdata
