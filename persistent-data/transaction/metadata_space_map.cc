#include "persistent-data/transaction/metadata_space_map.h"

#include <algorithm>

namespace pdata {

status metadata_space_map::create(metadata_block superblock, std::uint64_t nr_blocks) {
  cursor_ = superblock + 1;
  bootstrap_ = true;
  status made = counts_.create();
  if (made.ok()) made = counts_.extend(std::min<std::uint64_t>(nr_blocks, max_metadata_blocks));
  bootstrap_ = false;
  if (!made.ok()) return made;

  const status queued = pending_.push({block_op_type::inc, superblock, cursor_});
  if (!queued.ok()) return queued;
  const status counted = apply_pending();
  if (!counted.ok()) return counted;
  return commit();
}

status metadata_space_map::open(const space_map_root& root) {
  const status opened = counts_.open(root);
  if (opened.ok()) committed_ = counts_;
  return opened;
}

status metadata_space_map::apply(const pending_count& change) {
  return (change.type == block_op_type::inc ? counts_.inc(change.begin, change.end)
                                            : counts_.dec(change.begin, change.end))
      .outcome();
}

// A change stays in the queue while it is applied: lookups meanwhile see it.
status metadata_space_map::apply_pending() {
  while (!pending_.empty()) {
    const status applied = apply(pending_count(pending_.front()));
    if (!applied.ok()) return applied;
    pending_.pop();
  }
  return success;
}

status metadata_space_map::change(const pending_count& wanted) {
  if (applying_ || bootstrap_) return pending_.push(wanted);
  applying_ = true;
  const status applied = apply(wanted);
  const status rest = apply_pending();
  applying_ = false;
  return applied.ok() ? rest : applied;
}

result<std::uint64_t> metadata_space_map::new_block() {
  if (bootstrap_) {
    if (cursor_ == counts_.nr_blocks()) return status(ENOSPC);
    return (cursor_++).value();
  }
  const auto block = allocate();
  if (block.ok()) threshold_.check(nr_free());
  return block;
}

result<std::uint64_t> metadata_space_map::allocate() {
  auto block = find_common_free(committed_, counts_, cursor_);
  if (block.errno_value() == ENOSPC) block = find_common_free(committed_, counts_, 0);
  if (!block.ok()) return block;
  // Before the block is counted, because counting it may allocate.
  cursor_ = *block + 1;

  status counted;
  status rest;
  if (applying_) {
    counted = pending_.push({block_op_type::inc, *block, *block + 1});
  } else {
    applying_ = true;
    counted = apply({block_op_type::inc, *block, *block + 1});
    rest = apply_pending();
    applying_ = false;
  }
  if (!counted.ok()) return counted;
  ++nr_allocated_since_commit_;
  if (!rest.ok()) return rest;
  return block;
}

result<std::uint32_t> metadata_space_map::count(std::uint64_t block) {
  if (bootstrap_) return block < cursor_ ? 1U : 0U;
  const auto stored = counts_.lookup(block);
  if (!stored.ok()) return stored;
  return *stored + static_cast<std::uint32_t>(pending_.net(block));
}

// Says yes for every count that is in the overflow tree: it does not look there.
result<bool> metadata_space_map::count_is_more_than_one(std::uint64_t block) {
  if (bootstrap_) return false;
  const int net = pending_.net(block);
  if (net > 1) return true;
  const auto stored = counts_.lookup_bitmap(block);
  if (!stored.ok()) return stored.failure();
  return *stored == count_in_overflow || *stored + static_cast<std::uint32_t>(net) > 1;
}

std::uint64_t metadata_space_map::nr_free() const {
  if (bootstrap_) return counts_.nr_blocks() - cursor_;
  return committed_.nr_blocks() - committed_.nr_allocated() - nr_allocated_since_commit_;
}

status metadata_space_map::extend(std::uint64_t extra_blocks) {
  bootstrap_ = true;
  const status grown = grow(extra_blocks);
  bootstrap_ = false;
  return grown;
}

// All that the growth takes comes from the new part. Counting it may take more,
// so it is repeated until nothing was taken.
status metadata_space_map::grow(std::uint64_t extra_blocks) {
  metadata_block counted = counts_.nr_blocks();
  cursor_ = counted;
  const status extended = counts_.extend(extra_blocks);
  if (!extended.ok()) return extended;
  do {
    const status queued = pending_.push({block_op_type::inc, counted, cursor_});
    if (!queued.ok()) return queued;
    counted = cursor_;
    const status applied = apply_pending();
    if (!applied.ok()) return applied;
    const status written = counts_.commit();
    if (!written.ok()) return written;
  } while (counted != cursor_);
  return success;
}

status metadata_space_map::commit() {
  if (bootstrap_) return success;
  const status written = counts_.commit();
  if (!written.ok()) return written;
  committed_ = counts_;
  nr_allocated_since_commit_ = 0;
  return success;
}

}  // namespace pdata
