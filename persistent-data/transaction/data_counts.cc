#include "persistent-data/transaction/data_counts.h"

#include "persistent-data/transaction/transaction_manager.h"

namespace pdata {

namespace {

const value_type index_values(index_entry::bytes);

// Linux 6.1 dm_hash_block: 32-bit arithmetic with a large prime.
constexpr std::uint32_t slot_factor = 4294967291;

}  // namespace

tree_type data_counts::index_tree() const { return {manager_, 1, &index_values}; }

status data_counts::create() {
  const auto index = tree_create(index_tree());
  if (!index.ok()) return index.failure();
  root_.bitmap_root = *index;
  const auto overflow = tree_create(overflow_tree());
  if (!overflow.ok()) return overflow.failure();
  root_.ref_count_root = *overflow;
  return success;
}

data_counts::slot& data_counts::slot_of(std::uint64_t bitmap) {
  return slots_[(static_cast<std::uint32_t>(bitmap) * slot_factor) % nr_slots];
}

// The entry is clean whether or not it could be written, as in the kernel: the
// transaction has failed then.
status data_counts::write_back(slot& s) {
  s.dirty = false;
  std::array<std::byte, index_entry::bytes> value{};
  s.entry.store(value);
  const auto inserted =
      tree_insert(index_tree(), root_.bitmap_root, tree_keys(&s.bitmap, 1), value);
  return inserted.outcome();
}

result<index_entry> data_counts::load_entry(std::uint64_t bitmap) {
  slot& s = slot_of(bitmap);
  if (s.valid && s.bitmap == bitmap) return s.entry;
  if (s.valid && s.dirty) {
    const status written = write_back(s);
    if (!written.ok()) return written;
  }
  std::array<std::byte, index_entry::bytes> value{};
  const status found = tree_lookup(index_tree(), root_.bitmap_root, tree_keys(&bitmap, 1), value);
  if (!found.ok()) return found;
  s = {true, false, bitmap, index_entry::load(value)};
  return s.entry;
}

status data_counts::save_entry(std::uint64_t bitmap, const index_entry& entry) {
  index_changed_ = true;
  slot& s = slot_of(bitmap);
  if (s.valid && s.bitmap != bitmap && s.dirty) {
    const status written = write_back(s);
    if (!written.ok()) return written;
  }
  s = {true, true, bitmap, entry};
  return success;
}

// Goes on behind a failure and yields the last outcome, as in the kernel.
status data_counts::commit_index() {
  status outcome;
  for (slot& s : slots_)
    if (s.valid && s.dirty) outcome = write_back(s);
  return outcome;
}

}  // namespace pdata
