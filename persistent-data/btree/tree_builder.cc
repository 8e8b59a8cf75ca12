#include "persistent-data/btree/tree_builder.h"

#include "persistent-data/base/checked_math.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/tree_value.h"

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
      leaves_kept_(std::size_t{2} * max_entries(0)),
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
  if (height == 0 && leaves_ != nullptr) return *leaves_;  // for every entry
  while (levels_.size() <= height)
    levels_.push_back({entry_list(levels_.empty() ? value_size_ : child_value_bytes), {}, {}});
  leaves_ = &levels_.front();
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

void tree_builder::end_leaf() {
  if (held_leaf_) return;
  quiet_below_ = 0;
  level& leaves = at(0);
  const std::size_t begin = leaves.cuts.empty() ? 0 : leaves.cuts.back();
  if (leaves.pending.size() - begin >= min_entries(0)) leaves.cuts.push_back(leaves.pending.size());
}

void tree_builder::add_run(std::uint64_t key, std::uint64_t value, std::uint64_t count) {
  if (!held_leaf_ && reusable_.leaves == nullptr) return add_plain_run(key, value, count);
  if (count == 1 && add_uneventful(key, value)) return;
  while (count > 0) {
    if (const auto n = nr_uneventful(key, value, count); n > 0) {
      level& leaves = at(0);
      auto& pending = leaves.pending;
      const std::size_t first = pending.size();
      REQUIRE(first == 0 || pending.key(first - 1) < key);
      pending.add_run(key, value, to_size(n));
      key += n;
      value += n * run_value_step;
      count -= n;
    }
    if (count == 0) return;
    add_u64(key, value);
    ++key;
    value += run_value_step;
    --count;
  }
}

// Where no known leaf is looked for, the only event is that there are enough for another node.
void tree_builder::add_plain_run(std::uint64_t key, std::uint64_t value, std::uint64_t count) {
  auto& pending = at(0).pending;
  REQUIRE(pending.empty() || pending.key(pending.size() - 1) < key);
  while (count > 0) {
    const std::size_t size = pending.size();
    const auto n = std::min<std::uint64_t>(count, std::max(leaves_kept_, size + 1) - size);
    pending.add_run(key, value, to_size(n));
    if (pending.size() >= leaves_kept_) emit_ready_nodes(0);
    key += n;
    value += n * run_value_step;
    count -= n;
  }
}

// The next event comes with the entry that makes the pending leaf entries so many.
std::size_t tree_builder::next_event(const level& leaves) const {
  std::size_t size = leaves.candidates.empty() ? 2 * max_entries(0) : 3 * max_entries(0);
  if (!leaves.cuts.empty()) size = leaves.cuts.front() + min_entries(0);
  for (const auto& one : leaves.candidates) size = std::min(size, one.start + one.node.nr_entries);
  return size;
}

// For the many runs of one entry: nr_uneventful() in short. False where it has to tell.
bool tree_builder::add_uneventful(std::uint64_t key, std::uint64_t value) {
  if (reusable_.chain != nullptr || held_leaf_ || leaves_ == nullptr) return false;
  auto& pending = leaves_->pending;
  const std::size_t size = pending.size();
  if (quiet_below_ == 0) quiet_below_ = next_event(*leaves_);
  if (size == 0 || size + 1 >= quiet_below_ || reusable_.leaves->may_begin_with(key, value))
    return false;
  REQUIRE(pending.key(size - 1) < key);
  pending.add_u64(key, value);
  return true;
}

// How many of these entries of a run only have to be put down: no known leaf begins or
// ends with one of them, none makes the open leaf full, none lies beyond the leaf that the
// open one resembles.
std::uint64_t tree_builder::nr_uneventful(std::uint64_t key, std::uint64_t value,
                                          std::uint64_t count) {
  if (held_leaf_) return 0;
  const level& leaves = at(0);
  const std::size_t size = leaves.pending.size();
  const std::size_t next_size = next_event(leaves);
  if (size + 1 >= next_size) return 0;
  count = std::min<std::uint64_t>(count, next_size - 1 - size);

  if (reusable_.chain != nullptr) {
    const std::size_t begin = leaves.cuts.empty() ? 0 : leaves.cuts.back();
    if (size == begin) return 0;
    if (likeness_) {
      const auto end = reusable_.chain->end_key(*likeness_);
      if (end && key >= *end) return 0;
      if (end) count = std::min(count, *end - key);
    }
  }
  if (reusable_.leaves == nullptr) return count;
  // Where too few entries stand before it, no known leaf is looked for.
  const std::uint64_t passed =
      size == 0 ? 0
                : std::min<std::uint64_t>(count, size < min_entries(0) ? min_entries(0) - size : 0);
  return passed + reusable_.leaves->before_any(key + passed, value + passed * run_value_step,
                                               count - passed);
}

void tree_builder::push_child(std::size_t height, std::uint64_t key, metadata_block child) {
  push(height, key, encode_u64(child));
}

void tree_builder::push(std::size_t height, std::uint64_t key, std::span<const std::byte> value) {
  level& here = at(height);
  auto& pending = here.pending;
  REQUIRE(pending.empty() || pending.key(pending.size() - 1) < key);
  pending.add(key, value);
  if (height == 0) quiet_below_ = 0;
  if (height == 0 && reusable_.chain != nullptr) follow(key, pending.value_u64(pending.size() - 1));
  if (match(height)) return;
  emit_ready_nodes(height);
}

// Finds out which known leaf the open one resembles, and where that one ends.
void tree_builder::follow(std::uint64_t key, std::uint64_t value) {
  level& leaves = at(0);
  const std::size_t newest = leaves.pending.size() - 1;
  const std::size_t begin = leaves.cuts.empty() ? 0 : leaves.cuts.back();
  if (newest != begin) {
    if (!likeness_) return;
    const auto end = reusable_.chain->end_key(*likeness_);
    if (!end || key < *end) return;
    do {
      likeness_ = reusable_.chain->next(*likeness_);
    } while (reusable_.chain->end_key(*likeness_).value_or(UINT64_MAX) <= key);
    if (newest - begin < max_entries(0) / 2) return;
    leaves.cuts.push_back(newest);
  }
  if (const auto* nodes = reusable_.leaves->beginning_with(key, value))
    likeness_ = nodes->back().location;
}

void tree_builder::emit_ready_nodes(std::size_t height) {
  level& here = at(height);
  const std::size_t size = here.pending.size();
  const std::size_t max = max_entries(height);
  // While a known node may be met again, its beginning is not written away.
  const bool too_many = size >= 3 * max;
  if (here.cuts.empty()) {
    if (too_many || (size >= 2 * max && here.candidates.empty())) emit_first_node(height);
    return;
  }
  // What is left must be enough for a node, as the cut may be the last one.
  const std::size_t cut = here.cuts.front();
  const bool may_match =
      std::ranges::any_of(here.candidates, [cut](const candidate& one) { return one.start < cut; });
  if (!enough(height, size - cut) || (may_match && !too_many)) return;
  write_evenly(height, 0, cut);
  erase_front(height, cut);
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
        here.candidates.push_back({node, newest});
  for (const auto& one : here.candidates) {
    const std::size_t length = newest + 1 - one.start;
    if (length != one.node.nr_entries || !enough(height, one.start)) continue;
    if (digest_of(here.pending, one.start, length) != one.node.digest) continue;
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
  known_nodes(height)->note_use();
  const std::uint64_t key = here.pending.key(found.start);
  here.pending.truncate(found.start);
  std::erase_if(here.cuts, [&found](std::size_t cut) { return cut >= found.start; });
  close(height);
  if (height == 0) {
    if (reusable_.chain != nullptr) likeness_ = reusable_.chain->next(found.node.location);
    note_leaf(found.node.location, key);
  }
  push_child(height + 1, key, found.node.location);
}

void tree_builder::emit_first_node(std::size_t height) {
  const bool leaves_room = height == 0 && reusable_.leaves != nullptr;
  const std::size_t count = leaves_room ? reusable_.leaf_entries : max_entries(height);
  write_evenly(height, 0, count);
  erase_front(height, count);
}

void tree_builder::erase_front(std::size_t height, std::size_t count) {
  level& here = at(height);
  here.pending.erase_front(count);
  std::erase_if(here.candidates, [count](const candidate& one) { return one.start < count; });
  for (auto& one : here.candidates) one.start -= count;
  std::erase_if(here.cuts, [count](std::size_t cut) { return cut <= count; });
  for (auto& cut : here.cuts) cut -= count;
}

// As few nodes as these entries need, of even size.
void tree_builder::write_evenly(std::size_t height, std::size_t first, std::size_t count) {
  const std::size_t nr_nodes = to_size(div_up(count, max_entries(height)));
  for (std::size_t left = nr_nodes; left > 0; --left) {
    const std::size_t part = to_size(div_up(count, left));
    const std::uint64_t key = at(height).pending.key(first);
    push_child(height + 1, key, write_node(height, first, part));
    first += part;
    count -= part;
  }
}

// Makes nodes of all pending entries: full ones, the last two of even size.
void tree_builder::close(std::size_t height) {
  level& here = at(height);
  here.candidates.clear();
  while (!here.cuts.empty() && enough(height, here.pending.size() - here.cuts.front())) {
    const std::size_t cut = here.cuts.front();
    write_evenly(height, 0, cut);
    erase_front(height, cut);
  }
  here.cuts.clear();
  while (here.pending.size() >= 2 * max_entries(height)) emit_first_node(height);
  write_evenly(height, 0, here.pending.size());
  here.pending.clear();
}

metadata_block tree_builder::write_node(std::size_t height, std::size_t first, std::size_t count) {
  const entry_list& entries = at(height).pending;
  shared_nodes* known = known_nodes(height);
  const bool noted = height == 0 && reusable_.leaves != nullptr && count != 0;
  if (known != nullptr) {
    if (const auto same = known->find(entries, first, count)) {
      known->note_use();
      if (noted) note_leaf(*same, entries.key(first));
      return *same;
    }
  }
  const metadata_block location = height == 0 ? write_leaf_(entries, first, count)
                                              : store_.write_internal(entries, first, count);
  if (noted) {
    reusable_.leaves->remember(location, entries, first, count);
    note_leaf(location, entries.key(first));
  }
  if (height != 0 && reusable_.internals != nullptr)
    reusable_.internals->remember(location, entries, first, count);
  return location;
}

void tree_builder::note_leaf(metadata_block location, std::uint64_t first_key) {
  if (reusable_.chain == nullptr) return;
  reusable_.chain->add(location, first_key);
  if (last_leaf_) reusable_.chain->link(*last_leaf_, location);
  last_leaf_ = location;
}

void tree_builder::add_leaf(const leaf_ref& leaf) {
  quiet_below_ = 0;
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
  likeness_.reset();
  last_leaf_.reset();
  push_child(1, leaf.first_key, leaf.source->place(leaf.leaf));
}

void tree_builder::unpack_held_leaf() {
  const entry_list entries = held_leaf_->source->read(held_leaf_->leaf);
  held_leaf_.reset();
  level& leaves = at(0);
  leaves.candidates.clear();
  leaves.cuts.clear();
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
    at(0).cuts.clear();
    last_leaf_.reset();
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
  leaves_ = nullptr;
  levels_.clear();
  quiet_below_ = 0;
  last_match_.reset();
  likeness_.reset();
  last_leaf_.reset();
  return root;
}

}  // namespace pdata
