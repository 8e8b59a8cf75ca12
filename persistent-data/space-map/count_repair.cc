#include "persistent-data/space-map/count_repair.h"

#include <algorithm>
#include <memory>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/node_editor.h"

namespace pdata {

namespace {

constexpr int depth_max = 64;  // no tree of 2^64 keys is deeper

const char* const refusal = "the space maps cannot be repaired in place: ";

node_view parse_proven(block_view bytes) {
  const auto outcome = node_view::parse(bytes);
  const auto* node = std::get_if<node_view>(&outcome);
  // The check has just read this block: the device changed under it.
  if (node == nullptr) throw error(std::string(refusal) + "a block changed while it was checked");
  return *node;
}

}  // namespace

void count_repair::read(metadata_block location, block_span to) {
  if (const auto outcome = device_.read(location, to); !outcome.ok())
    throw error("Couldn't read block " + std::to_string(location) + ": " +
                errno_text(outcome.errno_value()));
}

void count_repair::write_sealed(metadata_block location, block_span bytes, block_kind kind) {
  seal(bytes, kind, location);
  if (const auto outcome = device_.write(location, bytes); !outcome.ok())
    throw error("Couldn't write block " + std::to_string(location) + ": " +
                errno_text(outcome.errno_value()));
}

void count_repair::add_to_path(tree_path& path, metadata_block location,
                               std::span<const std::uint64_t> keys, int depth) {
  if (keys.empty()) return;
  if (depth > depth_max) throw error(std::string(refusal) + "a tree is too deep");
  path.push_back(location);
  const auto block = std::make_unique<block_buffer>();
  read(location, block->span());
  const node_view node = parse_proven(block->view());
  if (node.is_leaf()) return;
  for (std::uint32_t slot = 0; slot < node.nr_entries(); ++slot) {
    const auto end = slot + 1 < node.nr_entries()
                         ? std::ranges::lower_bound(keys, node.key(slot + 1))
                         : keys.end();
    const auto here = keys.first(static_cast<std::size_t>(end - keys.begin()));
    keys = keys.subspan(here.size());
    add_to_path(path, node.value_u64(slot), here, depth + 1);
  }
}

count_repair::tree_path count_repair::find_path(metadata_block root,
                                                std::span<const std::uint64_t> keys) {
  tree_path path;
  add_to_path(path, root, keys, 0);
  return path;
}

metadata_block count_repair::current(metadata_block old) const {
  const auto found = moved_.find(old);
  return found != moved_.end() ? found->second : old;
}

// What the count of a metadata block is to be.
std::uint32_t count_repair::metadata_count(metadata_block block) const {
  if (moved_.contains(block)) return 0;
  if (taken_.contains(block)) return 1;
  return metadata_.counted.get(block);
}

void count_repair::touch(metadata_block block) { touched_.insert(block / entries_per_bitmap); }

// A block without references, which is what a leaked one is, too.
metadata_block count_repair::allocate() {
  while (cursor_ < metadata_.map.nr_blocks() && metadata_.counted.get(cursor_) != 0) ++cursor_;
  if (cursor_ >= metadata_.map.nr_blocks())
    throw error(std::string(refusal) + "no metadata block is free");
  return cursor_++;
}

void count_repair::replace(metadata_block old) {
  if (moved_.contains(old) || metadata_.counted.get(old) != 1)
    throw error(std::string(refusal) + "they share block " + std::to_string(old));
  const auto fresh = allocate();
  moved_.emplace(old, fresh);
  taken_.insert(fresh);
  touch(old);
  touch(fresh);
}

// Replacing blocks changes counts, so it changes bitmaps, which are replaced.
void count_repair::replace_with_bookkeeping() {
  replace(metadata_.map.root().bitmap_root);
  std::set<std::uint64_t> replaced;
  while (replaced.size() != touched_.size()) {
    const auto round = touched_;
    for (const auto bitmap : round)
      if (replaced.insert(bitmap).second) replace(metadata_.map.index()[to_size(bitmap)]->location);
  }
}

index_entry count_repair::write_bitmap(const compared_map& of, std::uint64_t bitmap) {
  const bool metadata = of.map.kind() == space_map_kind::metadata;
  const auto old = of.map.index()[to_size(bitmap)]->location;
  const auto block = std::make_unique<block_buffer>();
  read(old, block->span());
  index_entry entry{.location = current(old), .none_free_before = entries_per_bitmap};
  const std::uint64_t first = bitmap * entries_per_bitmap;
  const auto slots = of.map.slots_of(bitmap);
  for (std::uint32_t slot = 0; slot < entries_per_bitmap; ++slot) {
    if (slot < slots) {
      const auto count = metadata ? metadata_count(first + slot) : of.counted.get(first + slot);
      const auto small = std::min(count, count_in_overflow);
      const auto before = bitmap_count(block->view(), slot);
      auto& freed = metadata ? metadata_freed_ : data_freed_;
      freed += (before != 0) - (small != 0);
      set_bitmap_count(block->span(), slot, small);
    }
    if (bitmap_count(block->view(), slot) != 0) continue;
    ++entry.nr_free;
    entry.none_free_before = std::min(entry.none_free_before, slot);
  }
  write_sealed(entry.location, block->span(), block_kind::bitmap);
  return entry;
}

template <class EditLeaf>
void count_repair::write_path(const tree_path& path, EditLeaf edit_leaf) {
  for (const auto old : path) {
    const auto block = std::make_unique<block_buffer>();
    read(old, block->span());
    parse_proven(block->view());
    node_editor node(block->span());
    if (node.is_leaf()) {
      edit_leaf(node);
    } else {
      for (std::uint32_t i = 0; i < node.nr_entries(); ++i)
        node.set_value_u64(i, current(node.value_u64(i)));
    }
    write_sealed(current(old), block->span(), block_kind::btree_node);
  }
}

void count_repair::write_index_tree(const tree_path& path) {
  write_path(path, [this](node_editor& leaf) {
    for (std::uint32_t i = 0; i < leaf.nr_entries(); ++i) {
      const auto changed = data_entries_.find(leaf.key(i));
      if (changed == data_entries_.end()) continue;
      std::array<std::byte, index_entry::bytes> value{};
      changed->second.store(value);
      leaf.set_value(i, value);
    }
  });
}

void count_repair::write_overflow(const tree_path& path, const compared_map& of) {
  write_path(path, [&of](node_editor& leaf) {
    for (std::uint32_t i = leaf.nr_entries(); i-- > 0;) {
      if (!std::ranges::binary_search(of.verdict.differing_overflows, leaf.key(i))) continue;
      const auto count = of.counted.get(leaf.key(i));
      if (count >= count_in_overflow)
        leaf.set_value_u32(i, count);
      else
        leaf.delete_at(i);
    }
  });
}

void count_repair::write_index_block() {
  const auto old = metadata_.map.root().bitmap_root;
  const auto block = std::make_unique<block_buffer>();
  read(old, block->span());
  for (const auto& [bitmap, entry] : metadata_entries_)
    store_index_entry(block->span(), bitmap, entry);
  write_sealed(current(old), block->span(), block_kind::index);
}

repaired_roots count_repair::write() {
  const auto& data_root = data_.map.root();
  const auto& metadata_root = metadata_.map.root();
  const auto data_index = find_path(data_root.bitmap_root, data_.verdict.differing_bitmaps);
  const auto data_overflow = find_path(data_root.ref_count_root, data_.verdict.differing_overflows);
  const auto metadata_overflow =
      find_path(metadata_root.ref_count_root, metadata_.verdict.differing_overflows);
  for (const auto* path : {&data_index, &data_overflow, &metadata_overflow})
    for (const auto node : *path) replace(node);
  for (const auto bitmap : data_.verdict.differing_bitmaps)
    replace(data_.map.index()[to_size(bitmap)]->location);
  touched_.insert(metadata_.verdict.differing_bitmaps.begin(),
                  metadata_.verdict.differing_bitmaps.end());
  replace_with_bookkeeping();

  for (const auto bitmap : data_.verdict.differing_bitmaps)
    data_entries_[bitmap] = write_bitmap(data_, bitmap);
  write_index_tree(data_index);
  write_overflow(data_overflow, data_);
  write_overflow(metadata_overflow, metadata_);
  for (const auto bitmap : touched_) metadata_entries_[bitmap] = write_bitmap(metadata_, bitmap);
  write_index_block();
  if (const auto outcome = device_.flush(); !outcome.ok())
    throw error("Couldn't flush: " + errno_text(outcome.errno_value()));

  const auto renew = [this](space_map_root root, const space_map_verdict& verdict,
                            std::int64_t freed) {
    root.bitmap_root = current(root.bitmap_root);
    root.ref_count_root = current(root.ref_count_root);
    root.nr_allocated = verdict.nr_allocated - static_cast<std::uint64_t>(freed);
    return root;
  };
  return {renew(metadata_root, metadata_.verdict, metadata_freed_),
          renew(data_root, data_.verdict, data_freed_)};
}

}  // namespace pdata
