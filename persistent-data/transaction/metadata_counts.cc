#include "persistent-data/transaction/metadata_counts.h"

#include <algorithm>

#include "persistent-data/transaction/transaction_manager.h"

namespace pdata {

status metadata_counts::create() {
  const auto index = manager_->new_block(block_kind::index);
  if (!index.ok()) return index.failure();
  root_.bitmap_root = index->location();
  const auto overflow = tree_create(overflow_tree());
  if (!overflow.ok()) return overflow.failure();
  root_.ref_count_root = *overflow;
  return success;
}

status metadata_counts::open(const space_map_root& root) {
  root_ = root;
  const auto index = manager_->read(root.bitmap_root, block_kind::index);
  if (!index.ok()) return index.failure();
  const block_view bytes = index->view();
  std::copy(bytes.begin(), bytes.end(), index_.bytes.begin());
  return success;
}

result<index_entry> metadata_counts::load_entry(std::uint64_t bitmap) {
  if (bitmap >= max_metadata_bitmaps) return status(EINVAL);
  return load_index_entry(index_.view(), bitmap);
}

status metadata_counts::save_entry(std::uint64_t bitmap, const index_entry& entry) {
  if (bitmap >= max_metadata_bitmaps) return status(EINVAL);
  index_changed_ = true;
  store_index_entry(index_.span(), bitmap, entry);
  return success;
}

// To shadow the index block changes the index, which is copied afterwards.
status metadata_counts::commit_index() {
  const auto shadow = manager_->shadow_block(root_.bitmap_root, block_kind::index);
  if (!shadow.ok()) return shadow.failure();
  std::copy(index_.bytes.begin(), index_.bytes.end(), shadow->block.span().begin());
  root_.bitmap_root = shadow->block.location();
  return success;
}

}  // namespace pdata
