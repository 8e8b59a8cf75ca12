#include "persistent-data/btree/tree_builder.h"

#include "persistent-data/format/btree_node.h"

namespace pdata {

tree_builder::tree_builder(node_store& store, std::uint32_t value_size)
    : tree_builder(store,
                   [&store](const entry_list& entries, std::size_t first, std::size_t count) {
                     return store.write_leaf(entries, first, count);
                   },
                   value_size, {}) {}

tree_builder::tree_builder(node_store& store, leaf_writer write_leaf, std::uint32_t value_size,
                           reusable_nodes reusable)
    : store_(store),
      write_leaf_(std::move(write_leaf)),
      value_size_(value_size),
      reusable_(reusable) {}

std::uint32_t tree_builder::max_entries(std::size_t height) const {
  return max_node_entries(height == 0 ? value_size_ : child_value_bytes);
}

std::uint32_t tree_builder::min_entries(std::size_t height) const {
  return max_entries(height) / 3;
}

// Whether so many pending entries can become nodes that are not too small.
bool tree_builder::enough(std::size_t height, std::size_t count) const {
  return count == 0 || count >= min_entries(height);
}

shared_nodes* tree_builder::known_nodes(std::size_t height) const {
  return height == 0 ? reusable_.leaves : reusable_.internals;
}

tree_builder::level& tree_builder::at(std::size_t height) {
  while (levels_.size() <= height)
    levels_.push_back({entry_list(levels_.empty() ? value_size_ : child_value_bytes), {}});
  return levels_[height];
}

void tree_builder::add(std::uint64_t key, std::span<const std::byte> value) {
  if (held_leaf_) {
    if (!enough(0, held_leaf_->nr_entries))
      unpack_held_leaf();
    else if (at(0).pending.size() + 1 == min_entries(0))
      commit_held_leaf();
  }
  push(0, key, value);
}

void tree_builder::push_child(std::size_t height, std::uint64_t key, metadata_block child) {
  push(height, key, std::as_bytes(std::span(&child, 1)));
}

void tree_builder::push(std::size_t height, std::uint64_t key, std::span<const std::byte> value) {
  level& here = at(height);
  auto& pending = here.pending;
  REQUIRE(pending.empty() || pending.key(pending.size() - 1) < key);
  pending.add(key, value);
  if (match(height)) return;
  const std::size_t max = max_entries(height);
  // While a known node may be met again, its beginning is not written away.
  if (pending.size() >= 3 * max || (pending.size() >= 2 * max && here.candidates.empty()))
    emit_first_node(height);
}

// Follows the newest pending entry through the known nodes. True if one of them
// was met as a whole, and taken.
bool tree_builder::match(std::size_t height) {
  const shared_nodes* known = known_nodes(height);
  if (known == nullptr) return false;
  level& here = at(height);
  const std::size_t newest = here.pending.size() - 1;
  const std::uint64_t key = here.pending.key(newest);
  const std::uint64_t value = here.pending.value_u64(newest);

  if (const auto* nodes = known->beginning_with(key, value))
    for (const auto& node : *nodes)
      if (enough(height, node.nr_entries) && enough(height, newest))
        here.candidates.push_back({node, newest, {}});
  for (auto& one : here.candidates) {
    one.digest.add(key, value);
    const std::size_t length = newest + 1 - one.start;
    if (length != one.node.nr_entries || !(one.digest == one.node.digest)) continue;
    if (!enough(height, one.start)) continue;
    take_match(height, candidate(one));
    return true;
  }
  std::erase_if(here.candidates, [newest](const candidate& one) {
    return newest + 1 - one.start >= one.node.nr_entries;
  });
  return false;
}

void tree_builder::take_match(std::size_t height, const candidate& found) {
  level& here = at(height);
  if (height == 0) {
    // A known leaf has so many entries that a held one went before them.
    REQUIRE(!held_leaf_);
    last_match_ = here.pending.slice(found.start, found.node.nr_entries);
  }
  const std::uint64_t key = here.pending.key(found.start);
  here.pending.truncate(found.start);
  close(height);
  push_child(height + 1, key, found.node.location);
}

void tree_builder::emit_first_node(std::size_t height) {
  const std::size_t count = max_entries(height);
  level& here = at(height);
  const std::uint64_t key = here.pending.key(0);
  const metadata_block location = write_node(height, 0, count);
  here.pending.erase_front(count);
  std::erase_if(here.candidates, [count](const candidate& one) { return one.start < count; });
  for (auto& one : here.candidates) one.start -= count;
  push_child(height + 1, key, location);
}

// Makes nodes of all pending entries: full ones, the last two of even size.
void tree_builder::close(std::size_t height) {
  level& here = at(height);
  here.candidates.clear();
  const std::size_t max = max_entries(height);
  while (here.pending.size() >= 2 * max) emit_first_node(height);
  const std::size_t left = here.pending.size();
  if (left == 0) return;
  const std::size_t first_part = left > max ? left - left / 2 : left;
  for (std::size_t first = 0; first < left; first += first_part) {
    const std::size_t count = std::min(first_part, left - first);
    const metadata_block location = write_node(height, first, count);
    push_child(height + 1, here.pending.key(first), location);
  }
  here.pending.clear();
}

metadata_block tree_builder::write_node(std::size_t height, std::size_t first, std::size_t count) {
  const entry_list& entries = at(height).pending;
  shared_nodes* known = known_nodes(height);
  if (known != nullptr)
    if (const auto same = known->find(entries, first, count)) return *same;
  const metadata_block location = height == 0 ? write_leaf_(entries, first, count)
                                              : store_.write_internal(entries, first, count);
  if (height == 0 && reusable_.leaves != nullptr)
    reusable_.leaves->remember(location, entries, first, count);
  if (height != 0 && reusable_.internals != nullptr)
    reusable_.internals->remember(location, entries, first, count);
  return location;
}

void tree_builder::add_leaf(const leaf_ref& leaf) {
  const std::size_t loose = at(0).pending.size();
  if (held_leaf_ && (!enough(0, loose) || !enough(0, held_leaf_->nr_entries))) unpack_held_leaf();
  const bool alone = !held_leaf_ && nothing_above(0) && at(0).pending.empty();
  const bool fits = enough(0, at(0).pending.size()) && enough(0, leaf.nr_entries);
  if (alone || fits) {
    if (held_leaf_) commit_held_leaf();
    close(0);
    held_leaf_ = leaf;
    return;
  }
  const entry_list entries = leaf.source->read(leaf.leaf);
  for (std::size_t i = 0; i < entries.size(); ++i) add(entries.key(i), entries.value(i));
}

void tree_builder::commit_held_leaf() {
  const leaf_ref leaf = *held_leaf_;
  held_leaf_.reset();
  last_match_.reset();
  push_child(1, leaf.first_key, leaf.source->place(leaf.leaf));
}

void tree_builder::unpack_held_leaf() {
  const entry_list entries = held_leaf_->source->read(held_leaf_->leaf);
  held_leaf_.reset();
  level& leaves = at(0);
  leaves.candidates.clear();
  leaves.pending.insert_front(entries);
}

bool tree_builder::nothing_above(std::size_t height) const {
  for (std::size_t above = height + 1; above < levels_.size(); ++above)
    if (!levels_[above].pending.empty()) return false;
  return true;
}

// Too few entries are left for a node: takes back the last node of this height,
// which is a shared one (after others, more entries are kept back than that),
// and continues it.
void tree_builder::borrow(std::size_t height) {
  level& above = at(height + 1);
  if (above.pending.empty()) borrow(height + 1);
  const std::size_t last = above.pending.size() - 1;
  const metadata_block location = above.pending.value_u64(last);
  above.pending.truncate(last);
  above.candidates.clear();
  if (height == 0) {
    REQUIRE(last_match_.has_value());
    at(0).pending.insert_front(*last_match_);
  } else {
    at(height).pending.insert_front(reusable_.internals->entries_of(location));
  }
}

// The topmost level that has entries: they become the root, or nodes below one.
metadata_block tree_builder::finish_top(std::size_t height) {
  while (true) {
    entry_list& pending = at(height).pending;
    if (height > 0 && pending.size() == 1) return pending.value_u64(0);
    if (pending.size() <= max_entries(height)) return write_node(height, 0, pending.size());
    close(height);
    ++height;
  }
}

metadata_block tree_builder::finish() {
  if (held_leaf_) {
    const bool alone = at(0).pending.empty() && nothing_above(0);
    if (alone || enough(0, at(0).pending.size())) {
      commit_held_leaf();
    } else {
      unpack_held_leaf();
    }
  }
  std::size_t height = 0;
  while (!nothing_above(height)) {
    if (!enough(height, at(height).pending.size())) borrow(height);
    // Taking the node back may have left nothing above.
    if (nothing_above(height)) break;
    close(height);
    ++height;
  }
  const metadata_block root = finish_top(height);
  levels_.clear();
  last_match_.reset();
  return root;
}

}  // namespace pdata
