#include "persistent-data/format/btree_node.h"

#include <algorithm>

#include "persistent-data/format/damage_catalogue.h"
#include "persistent-data/format/node_editor.h"

namespace pdata {

namespace {

// A search in a node that the processor's cache does not hold waits for memory at
// each step. This fetches what the first steps look at all at once.
void prefetch_for_search(const std::byte* keys, std::uint32_t count) {
  constexpr std::uint32_t parts = 8;
  if (count < 2 * parts * parts) return;
  for (std::uint32_t part = 1; part < parts; ++part)
    __builtin_prefetch(keys + std::size_t{count} * part / parts * node_key_bytes);
}

// Index of the last of `count` ascending keys that is <= `key`, or -1.
int last_not_above(const std::byte* keys, std::uint32_t count, std::uint64_t key) {
  const auto key_at = [keys](std::uint32_t index) {
    return load_le_unchecked<std::uint64_t>(keys + std::size_t{index} * node_key_bytes);
  };
  const auto prefetch = [keys](int index) {
    __builtin_prefetch(keys + index * static_cast<std::ptrdiff_t>(node_key_bytes));
  };
  prefetch_for_search(keys, count);
  // Where keys follow each other without gaps, one look is enough.
  if (count == 0 || key < key_at(0)) return -1;
  const std::uint64_t guess = key - key_at(0);
  if (guess < count && key_at(static_cast<std::uint32_t>(guess)) == key)
    return static_cast<int>(guess);
  int low = -1;
  int high = static_cast<int>(count);
  while (high - low > 1) {
    const int middle = low + (high - low) / 2;
    prefetch(low + (middle - low) / 2);
    prefetch(middle + (high - middle) / 2);
    const std::uint64_t found = key_at(static_cast<std::uint32_t>(middle));
    if (found == key) return middle;
    (found < key ? low : high) = middle;
  }
  return low;
}

// So many keys are looked at at once, without branches and without waiting for one before the
// next: what a guess by distances is off by, in most nodes.
constexpr std::uint32_t window = 16;

// The same for keys that ascend, of a node that has the values behind so many keys.
int last_not_above(const std::byte* keys, std::uint32_t count, std::uint64_t key,
                   const key_bounds& expected, const std::byte* values, std::uint32_t value_size) {
  if (count < window || !expected.have(key)) return last_not_above(keys, count, key);
  const auto key_at = [keys](std::uint32_t index) {
    return load_le_unchecked<std::uint64_t>(keys + std::size_t{index} * node_key_bytes);
  };
  const std::uint32_t guess = expected_index(key, expected, count);
  // Who looks for a key asks for its value next.
  __builtin_prefetch(values + std::size_t{guess} * value_size);
  std::uint32_t begin = std::min(guess - std::min(guess, window / 2), count - window);
  const auto nr_not_above = [&] {
    std::uint32_t nr = 0;
    for (std::uint32_t i = 0; i < window; ++i) nr += key_at(begin + i) <= key ? 1U : 0U;
    return nr;
  };
  std::uint32_t nr = nr_not_above();
  if (nr == 0) {
    for (; nr == 0 && begin != 0; nr = nr_not_above()) begin -= std::min(begin, window);
  } else {
    for (; nr == window && begin + window < count; nr = nr_not_above())
      begin = std::min(begin + window, count - window);
  }
  return static_cast<int>(begin + nr) - 1;
}

}  // namespace

std::variant<node_view, node_fault> node_view::parse_layout(block_view block) {
  const auto layout = node_layout::load(block);
  const auto [flags, nr_entries, max_entries, value_size] = layout;
  if ((flags & (node_flag_internal | node_flag_leaf)) == 0)
    return node_fault{damage_id::node_flags, 0, flags};
  if (!layout.has_room()) {
    const std::uint64_t entry_bytes = std::uint64_t{node_key_bytes} + value_size;
    return node_fault{damage_id::node_max_entries, (block_size - node_header_bytes) / entry_bytes,
                      max_entries};
  }
  if (nr_entries > max_entries)
    return node_fault{damage_id::node_nr_entries, max_entries, nr_entries};

  node_view view;
  view.bytes_ = block.data();
  view.nr_entries_ = nr_entries;
  view.max_entries_ = max_entries;
  view.value_size_ = value_size;
  view.values_at_ = static_cast<std::uint32_t>(node_header_bytes + max_entries * node_key_bytes);
  view.leaf_ = (flags & node_flag_internal) == 0;
  return view;
}

std::variant<node_view, node_fault> node_view::parse(block_view block) {
  auto outcome = parse_layout(block);
  const auto* view = std::get_if<node_view>(&outcome);
  if (view == nullptr) return outcome;

  const auto flags = load_le<std::uint32_t>(block, node_field_at("flags"));
  if (flags != node_flag_internal && flags != node_flag_leaf)
    return node_fault{damage_id::node_flags, 0, flags};
  if (!view->is_leaf()) {
    if (view->value_size() != child_value_bytes)
      return node_fault{damage_id::node_value_size, child_value_bytes, view->value_size()};
    if (view->empty()) return node_fault{damage_id::node_empty};
  }
  for (std::uint32_t i = 1; i < view->nr_entries(); ++i)
    if (view->key(i - 1) >= view->key(i)) return node_fault{damage_id::node_key_order, 0, i};
  return outcome;
}

int node_view::lower_bound(std::uint64_t key) const {
  if (empty()) return -1;
  return last_not_above(bytes_ + node_header_bytes, nr_entries_, key);
}

int node_view::lower_bound(std::uint64_t key, const key_bounds& expected) const {
  if (empty()) return -1;
  return last_not_above(bytes_ + node_header_bytes, nr_entries_, key, expected, bytes_ + values_at_,
                        value_size_);
}

std::optional<std::uint32_t> node_view::find(std::uint64_t key) const {
  const int index = lower_bound(key);
  if (index < 0 || this->key(static_cast<std::uint32_t>(index)) != key) return std::nullopt;
  return static_cast<std::uint32_t>(index);
}

node_editor node_editor::format(block_span block, node_kind kind, std::uint32_t value_size,
                                std::uint32_t max_entries) {
  store_le(block, node_field_at("flags"),
           kind == node_kind::leaf ? node_flag_leaf : node_flag_internal);
  store_le(block, node_field_at("nr_entries"), std::uint32_t{0});
  store_le(block, node_field_at("max_entries"), max_entries);
  store_le(block, node_field_at("value_size"), value_size);
  return node_editor(block);
}

void node_editor::set_value(std::uint32_t index, std::span<const std::byte> value) {
  REQUIRE(index < max_entries_ && value.size() == value_size_);
  std::copy(value.begin(), value.end(), value_at(index));
}

void node_editor::set_value_u32(std::uint32_t index, std::uint32_t value) {
  REQUIRE(index < max_entries_ && value_size_ == sizeof value);
  store_le_unchecked(value_at(index), value);
}

void node_editor::set_entries(std::span<const std::uint64_t> keys,
                              std::span<const std::byte> values) {
  REQUIRE(keys.size() <= max_entries_ && values.size() == keys.size() * value_size_);
  std::byte* to = key_at(0);
  for (const auto key : keys) {
    store_le_unchecked(to, key);
    to += node_key_bytes;
  }
  std::ranges::copy(values, value_at(0));
}

void node_editor::move_entries(node_editor& to, std::uint32_t to_index, const node_editor& from,
                               std::uint32_t from_index, std::uint32_t count) {
  REQUIRE(to.value_size_ == from.value_size_);
  REQUIRE(to_index <= to.max_entries_ && count <= to.max_entries_ - to_index);
  REQUIRE(from_index <= from.max_entries_ && count <= from.max_entries_ - from_index);
  std::memmove(to.key_at(to_index), from.key_at(from_index), std::size_t{count} * node_key_bytes);
  std::memmove(to.value_at(to_index), from.value_at(from_index),
               std::size_t{count} * to.value_size_);
}

void node_editor::insert_at(std::uint32_t index, std::uint64_t key,
                            std::span<const std::byte> value) {
  REQUIRE(index <= nr_entries() && nr_entries() < max_entries_);
  move_entries(*this, index + 1, *this, index, nr_entries() - index);
  set_key(index, key);
  set_value(index, value);
  set_nr_entries(nr_entries() + 1);
}

void node_editor::delete_at(std::uint32_t index) {
  REQUIRE(index < nr_entries());
  move_entries(*this, index, *this, index + 1, nr_entries() - index - 1);
  set_nr_entries(nr_entries() - 1);
}

int node_editor::lower_bound(std::uint64_t key) const {
  return last_not_above(key_at(0), nr_entries(), key);
}

int node_editor::lower_bound(std::uint64_t key, const key_bounds& expected) const {
  return last_not_above(key_at(0), nr_entries(), key, expected, value_at(0), value_size_);
}

}  // namespace pdata
