// Changes B-tree nodes (btree_node.h).
#pragma once

#include <cstdint>
#include <span>

#include "persistent-data/format/key_bounds.h"
#include "persistent-data/format/node_layout.h"

namespace pdata {

// Changes a node in place. Entry positions beyond nr_entries but below
// max_entries are addressable: the kernel's moves leave stale bytes there, and
// those bytes are part of an image.
class node_editor {
 public:
  // Makes an empty node in a block; the other bytes stay as they are.
  static node_editor format(block_span block, node_kind kind, std::uint32_t value_size,
                            std::uint32_t max_entries);
  // Opens a node whose layout was proven by node_view::parse_layout.
  explicit node_editor(block_span block) : node_editor(block, node_layout::load(block)) {}

  bool is_leaf() const { return (flags() & node_flag_leaf) != 0; }
  node_kind kind() const { return is_leaf() ? node_kind::leaf : node_kind::internal; }
  std::uint32_t flags() const { return load_le<std::uint32_t>(block_, node_field_at("flags")); }
  // Read from the block each time: several editors may be open on one block.
  std::uint32_t nr_entries() const {
    return load_le<std::uint32_t>(block_, node_field_at("nr_entries"));
  }
  std::uint32_t max_entries() const { return max_entries_; }
  std::uint32_t value_size() const { return value_size_; }

  std::uint64_t key(std::uint32_t index) const {
    REQUIRE(index < max_entries_);
    return load_le_unchecked<std::uint64_t>(key_at(index));
  }
  std::span<const std::byte> value(std::uint32_t index) const {
    REQUIRE(index < max_entries_);
    return {value_at(index), value_size_};
  }
  std::uint64_t value_u64(std::uint32_t index) const {
    return load_le<std::uint64_t>(value(index), 0);
  }

  void set_nr_entries(std::uint32_t count) {
    REQUIRE(count <= max_entries_);
    store_le(block_, node_field_at("nr_entries"), count);
  }
  void set_key(std::uint32_t index, std::uint64_t key) {
    REQUIRE(index < max_entries_);
    store_le_unchecked(key_at(index), key);
  }
  void set_value(std::uint32_t index, std::span<const std::byte> value);
  void set_value_u64(std::uint32_t index, std::uint64_t value) {
    REQUIRE(index < max_entries_ && value_size_ == sizeof value);
    store_le_unchecked(value_at(index), value);
  }
  void set_value_u32(std::uint32_t index, std::uint32_t value);
  // The first entries. Requires that they fit, and as many bytes of values as belong to the keys.
  void set_entries(std::span<const std::uint64_t> keys, std::span<const std::byte> values);

  // Copies `count` keys and values within a node or between two nodes of the
  // same shape; source and target may overlap. Counts are not changed.
  static void move_entries(node_editor& to, std::uint32_t to_index, const node_editor& from,
                           std::uint32_t from_index, std::uint32_t count);

  // Opens a gap at `index` and fills it. Requires nr_entries < max_entries.
  void insert_at(std::uint32_t index, std::uint64_t key, std::span<const std::byte> value);
  // Closes the gap of entry `index`; the last slot keeps its bytes.
  void delete_at(std::uint32_t index);

  int lower_bound(std::uint64_t key) const;
  // As of node_view.
  int lower_bound(std::uint64_t key, const key_bounds& expected) const;
  key_bounds bounds_of_child(std::uint32_t index) const {
    return {key(index), index + 1 < nr_entries() ? key(index + 1) : 0};
  }

  block_span bytes() const { return block_; }

 private:
  node_editor(block_span block, const node_layout& layout)
      : block_(block), max_entries_(layout.max_entries), value_size_(layout.value_size) {
    REQUIRE(layout.fits());
  }
  std::byte* key_at(std::uint32_t index) const {
    return block_.data() + node_header_bytes + std::size_t{index} * node_key_bytes;
  }
  std::byte* value_at(std::uint32_t index) const {
    return key_at(max_entries_) + std::size_t{index} * value_size_;
  }

  block_span block_;
  std::uint32_t max_entries_ = 0;
  std::uint32_t value_size_ = 0;
};

}  // namespace pdata
