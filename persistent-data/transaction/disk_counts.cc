#include "persistent-data/transaction/disk_counts.h"

#include <algorithm>
#include <array>
#include <optional>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/near_search.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/node_editor.h"
#include "persistent-data/format/tree_value.h"
#include "persistent-data/transaction/transaction_manager.h"

namespace pdata {

namespace {

constexpr std::uint32_t overflow_value_bytes = 4;
const value_type overflow_values(overflow_value_bytes);

bool all_used(std::uint64_t word) {
  constexpr std::uint64_t low_bits = 0x5555555555555555;
  return ((word | word >> 1) & low_bits) == low_bits;
}

std::optional<std::uint32_t> find_free_slot(block_view bitmap, std::uint32_t begin,
                                            std::uint32_t end) {
  for (std::uint32_t slot = begin; slot < end;) {
    if (slot % entries_per_bitmap_word == 0 &&
        all_used(bitmap_word(bitmap, slot / entries_per_bitmap_word))) {
      slot += entries_per_bitmap_word;
    } else if (bitmap_count(bitmap, slot) == 0) {
      return slot;
    } else {
      ++slot;
    }
  }
  return std::nullopt;
}

// Leaves hold about as many keys each.
template <class Leaves>
std::size_t last_leaf_not_above(const Leaves& leaves, std::uint64_t block) {
  return last_not_above(leaves.size(), block, leaves.front().first, leaves.back().first,
                        [&](std::size_t i) { return leaves[i].first; });
}

}  // namespace

struct reference_counts::piece {
  std::uint64_t begin = 0;  // first block
  std::uint32_t slot_begin = 0;
  std::uint32_t slot_end = 0;
  index_entry entry;  // saved when the piece is done, not before
  write_ref bitmap;
  write_ref overflow_leaf;
  std::int64_t net = 0;

  std::uint64_t block(std::uint32_t slot) const { return begin + (slot - slot_begin); }

  void release() {
    bitmap.release();
    overflow_leaf.release();
  }

  // Where the held overflow leaf has the block, if it has.
  std::optional<std::uint32_t> find_in_leaf(std::uint64_t block) const {
    if (!overflow_leaf) return std::nullopt;
    const node_editor leaf(overflow_leaf.span());
    const int index = leaf.lower_bound(block);
    if (index < 0 || leaf.key(static_cast<std::uint32_t>(index)) != block) return std::nullopt;
    return static_cast<std::uint32_t>(index);
  }
};

tree_type reference_counts::overflow_tree() const { return {manager_, 1, &overflow_values}; }

status reference_counts::extend(std::uint64_t extra_blocks) {
  const auto nr_blocks = checked_add(root_.nr_blocks, extra_blocks);
  if (!nr_blocks) return status(EINVAL);
  const std::uint64_t old_bitmaps = div_up(root_.nr_blocks, entries_per_bitmap);
  const std::uint64_t new_bitmaps = div_up(*nr_blocks, entries_per_bitmap);
  if (new_bitmaps > max_bitmaps()) return status(EINVAL);

  root_.nr_blocks = *nr_blocks;  // first, because the bitmaps may lie in the new part
  for (std::uint64_t bitmap = old_bitmaps; bitmap < new_bitmaps; ++bitmap) {
    const auto block = manager_->new_block(block_kind::bitmap);
    if (!block.ok()) return block.failure();
    const status saved = save_entry(bitmap, {block->location(), entries_per_bitmap, 0});
    if (!saved.ok()) return saved;
  }
  return success;
}

result<std::uint32_t> reference_counts::lookup_bitmap(std::uint64_t block) {
  if (block >= root_.nr_blocks) return status(EINVAL);
  const auto entry = load_entry(block / entries_per_bitmap);
  if (!entry.ok()) return entry.failure();
  const auto bitmap = manager_->read(entry->location, block_kind::bitmap);
  if (!bitmap.ok()) return bitmap.failure();
  return bitmap_count(bitmap->view(), static_cast<std::uint32_t>(block % entries_per_bitmap));
}

result<std::uint32_t> reference_counts::lookup(std::uint64_t block) {
  const auto count = lookup_bitmap(block);
  if (!count.ok() || *count != count_in_overflow) return count;
  std::array<std::byte, overflow_value_bytes> value{};
  const status found =
      tree_lookup(overflow_tree(), root_.ref_count_root, tree_keys(&block, 1), value);
  if (!found.ok()) return found;
  return decode_u32(value);
}

result<std::uint64_t> reference_counts::find_free(std::uint64_t begin, std::uint64_t end) {
  const std::uint64_t last_bitmap = div_up(end, entries_per_bitmap);
  for (std::uint64_t bitmap = begin / entries_per_bitmap; bitmap < last_bitmap; ++bitmap) {
    const auto entry = load_entry(bitmap);
    if (!entry.ok()) return entry.failure();
    if (entry->nr_free == 0) continue;
    const auto block = manager_->read(entry->location, block_kind::bitmap);
    if (!block.ok()) return block.failure();

    const std::uint64_t first_block = bitmap * entries_per_bitmap;
    const auto slot_begin =
        static_cast<std::uint32_t>(begin > first_block ? begin - first_block : 0);
    const auto slot_end =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(end - first_block, entries_per_bitmap));
    const auto slot =
        find_free_slot(block->view(), std::max(slot_begin, entry->none_free_before), slot_end);
    if (slot) return first_block + *slot;
  }
  return status(ENOSPC);
}

// Bitmap by bitmap. The entry of a bitmap is saved last: what the change itself
// allocates and frees meanwhile still sees the old one.
template <class Change>
result<std::int64_t> reference_counts::change(std::uint64_t begin, std::uint64_t end,
                                              Change change_piece) {
  std::int64_t net = 0;
  while (begin != end) {
    const std::uint64_t bitmap = begin / entries_per_bitmap;
    piece p;
    p.begin = begin;
    p.slot_begin = static_cast<std::uint32_t>(begin % entries_per_bitmap);
    p.slot_end = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(end - begin, entries_per_bitmap - p.slot_begin) + p.slot_begin);
    const auto entry = load_entry(bitmap);
    if (!entry.ok()) return entry.failure();
    p.entry = *entry;
    auto shadow = manager_->shadow_block(p.entry.location, block_kind::bitmap);
    if (!shadow.ok()) return shadow.failure();
    p.bitmap = std::move(shadow->block);
    p.entry.location = p.bitmap.location();

    const status changed = change_piece(p);
    p.release();
    if (!changed.ok()) return changed;
    const status saved = save_entry(bitmap, p.entry);
    if (!saved.ok()) return saved;
    net += p.net;
    begin = p.block(p.slot_end);
  }
  return net;
}

result<std::int64_t> reference_counts::inc(std::uint64_t begin, std::uint64_t end) {
  return change(begin, end, [this](piece& p) { return inc_piece(p); });
}

result<std::int64_t> reference_counts::dec(std::uint64_t begin, std::uint64_t end) {
  return change(begin, end, [this](piece& p) { return dec_piece(p); });
}

status reference_counts::inc_piece(piece& p) {
  for (std::uint32_t slot = p.slot_begin; slot != p.slot_end; ++slot) {
    const status held = hold_bitmap(p);
    if (!held.ok()) return held;
    const std::uint32_t count = bitmap_count(p.bitmap.view(), slot);
    if (count == count_in_overflow) {
      const status counted = inc_overflow(p, p.block(slot));
      if (!counted.ok()) return counted;
      continue;
    }
    set_bitmap_count(p.bitmap.span(), slot, count + 1);
    if (count == 0) {
      ++p.net;
      ++root_.nr_allocated;
      --p.entry.nr_free;
      if (p.entry.none_free_before == slot) p.entry.none_free_before = slot + 1;
    } else if (count + 1 == count_in_overflow) {
      p.release();
      const std::uint64_t block = p.block(slot);
      const auto inserted = tree_insert(overflow_tree(), root_.ref_count_root, tree_keys(&block, 1),
                                        encode_u32(count_in_overflow));
      if (!inserted.ok()) return inserted.failure();
    }
  }
  return success;
}

status reference_counts::dec_piece(piece& p) {
  for (std::uint32_t slot = p.slot_begin; slot != p.slot_end; ++slot) {
    const status held = hold_bitmap(p);
    if (!held.ok()) return held;
    std::uint32_t count = bitmap_count(p.bitmap.view(), slot);
    if (count == 0) return status(EINVAL);
    if (count == count_in_overflow) {
      const auto old = dec_overflow(p, p.block(slot));
      if (!old.ok()) return old.failure();
      if (*old != count_in_overflow) continue;
      const status reheld = hold_bitmap(p);
      if (!reheld.ok()) return reheld;
    }
    set_bitmap_count(p.bitmap.span(), slot, count - 1);
    if (count == 1) {
      --p.net;
      --root_.nr_allocated;
      ++p.entry.nr_free;
      p.entry.none_free_before = std::min(p.entry.none_free_before, slot);
    }
  }
  return success;
}

status reference_counts::inc_overflow(piece& p, std::uint64_t block) {
  const auto index = overflow_index(p, block);
  if (!index.ok()) return index.failure();
  node_editor leaf(p.overflow_leaf.span());
  leaf.set_value_u32(*index, decode_u32(leaf.value(*index)) + 1);
  return success;
}

// The count as it was. The entry of a count of three is removed.
result<std::uint32_t> reference_counts::dec_overflow(piece& p, std::uint64_t block) {
  const auto index = overflow_index(p, block);
  if (!index.ok()) return index.failure();
  node_editor leaf(p.overflow_leaf.span());
  const auto old = decode_u32(leaf.value(*index));
  if (old != count_in_overflow) {
    leaf.set_value_u32(*index, old - 1);
    return old;
  }
  p.release();
  const status removed = tree_remove(overflow_tree(), root_.ref_count_root, block);
  if (!removed.ok()) return removed;
  return old;
}

// Where the block is in the held leaf. Another leaf is held if it is not there.
result<std::uint32_t> reference_counts::overflow_index(piece& p, std::uint64_t block) {
  if (const auto index = p.find_in_leaf(block)) return *index;
  return hold_overflow_leaf(p, block);
}

// Afterwards the held leaf has the block at the index. What was held is let go before,
// because shadowing the path may allocate.
result<std::uint32_t> reference_counts::hold_overflow_leaf(piece& p, std::uint64_t block) {
  p.release();
  if (const auto index = hold_known_leaf(p, block)) return *index;
  auto found = tree_overwrite_leaf(overflow_tree(), root_.ref_count_root, block);
  if (!found.ok()) return found.failure();
  p.overflow_leaf = std::move(found->leaf);
  note_leaf(p);
  return found->index;
}

reference_counts::known_since reference_counts::now() const {
  return {manager_->transaction_number(), manager_->nr_moves(), root_.ref_count_root};
}

std::optional<std::uint32_t> reference_counts::hold_known_leaf(piece& p, std::uint64_t block) {
  if (leaves_.empty() || leaves_since_ != now()) return std::nullopt;
  const shadowed_leaf& known = leaves_[last_leaf_not_above(leaves_, block)];
  if (block < known.first || block > known.last) return std::nullopt;
  auto leaf = manager_->write(known.location, block_kind::btree_node);
  if (!leaf.ok()) return std::nullopt;
  p.overflow_leaf = std::move(*leaf);
  const auto index = p.find_in_leaf(block);
  if (!index) p.release();
  return index;
}

void reference_counts::note_leaf(const piece& p) {
  if (leaves_since_ != now()) leaves_.clear();
  leaves_since_ = now();
  const node_editor leaf(p.overflow_leaf.span());
  const shadowed_leaf added{leaf.key(0), leaf.key(leaf.nr_entries() - 1),
                            p.overflow_leaf.location()};
  auto at = leaves_.begin();
  if (!leaves_.empty())
    at += static_cast<std::ptrdiff_t>(last_leaf_not_above(leaves_, added.first));
  if (at != leaves_.end() && at->first < added.first) ++at;
  // One whose keys have become more since it was noted.
  if (at != leaves_.end() && at->location == added.location)
    *at = added;
  else if (at != leaves_.begin() && std::prev(at)->location == added.location)
    *std::prev(at) = added;
  else
    leaves_.insert(at, added);
}

// The bitmap was shadowed when the piece began; it may have been let go since.
status reference_counts::hold_bitmap(piece& p) {
  if (p.bitmap) return success;
  auto bitmap = manager_->write(p.entry.location, block_kind::bitmap);
  if (!bitmap.ok()) return bitmap.failure();
  p.bitmap = std::move(*bitmap);
  return success;
}

status reference_counts::commit() {
  if (!index_changed_) return success;
  const status outcome = commit_index();
  if (outcome.ok()) index_changed_ = false;
  return outcome;
}

result<std::uint64_t> find_common_free(reference_counts& before, reference_counts& now,
                                       std::uint64_t begin) {
  for (;;) {
    const auto block = now.find_free(begin, now.nr_blocks());
    if (!block.ok() || *block >= before.nr_blocks()) return block;
    const auto count = before.lookup(*block);
    if (!count.ok()) return count.failure();
    if (*count == 0) return block;
    begin = *block + 1;
  }
}

}  // namespace pdata
