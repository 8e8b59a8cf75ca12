#include "persistent-data/transaction/transaction_manager.h"

#include <algorithm>

namespace pdata {

void transaction_manager::note_shadow(metadata_block block) {
  if (block >= made_in_.size()) made_in_.resize(std::max(block + 1, block + block / 2));
  made_in_[block] = number_;
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

result<shadowed_block> transaction_manager::shadow_block(metadata_block original, block_kind kind) {
  const auto shared = map_->count_is_more_than_one(original);
  if (!shared.ok()) return shared.failure();
  auto block =
      !*shared && is_shadow(original) ? cache_.write(original, kind) : copy_block(original, kind);
  if (!block.ok()) return block.failure();
  // Bitmaps of the last transaction are read until it ends, nodes hardly ever.
  if (!*shared && kind == block_kind::btree_node && block->location() != original)
    cache_.let_go(original);
  return shadowed_block{std::move(*block), *shared};
}

// The new block is counted before the original is let go: the order decides
// which block numbers are used.
result<write_ref> transaction_manager::copy_block(metadata_block original, block_kind kind) {
  const auto location = map_->new_block();
  if (!location.ok()) return location.failure();
  const status let_go = map_->dec(original, original + 1);
  if (!let_go.ok()) return let_go;
  const auto from = cache_.read(original, kind);
  if (!from.ok()) return from.failure();
  auto copy = cache_.copy(*location, kind, from->view());
  if (copy.ok()) note_shadow(*location);
  return copy;
}

status transaction_manager::pre_commit() {
  const status counted = map_->commit();
  if (!counted.ok()) return counted;
  return cache_.flush();
}

status transaction_manager::commit(write_ref superblock) {
  if (++number_ == 0) {
    made_in_.clear();
    number_ = 1;
  }
  superblock.release();
  return cache_.flush();
}

}  // namespace pdata
