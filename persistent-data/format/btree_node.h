// B-tree nodes (Linux 6.1 dm-btree-internal.h, struct btree_node):
//
//   offset  size  field
//        0     4  csum
//        4     4  flags          1: internal, 2: leaf
//        8     8  blocknr
//       16     4  nr_entries
//       20     4  max_entries
//       24     4  value_size     bytes
//       28     4  padding
//       32        max_entries keys of 8 bytes, then max_entries values
//
// Keys ascend strictly. An internal node's values are the locations of its
// children; its key i is a lower bound for the keys below child i.
//
// node_view reads, node_editor (node_editor.h) changes. Both stand on a layout that was proven
// to lie within the block, so their accessors cannot leave it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>

#include "persistent-data/base/ids.h"
#include "persistent-data/format/block.h"
#include "persistent-data/format/damage.h"
#include "persistent-data/format/key_bounds.h"
#include "persistent-data/format/little_endian.h"
#include "persistent-data/format/node_layout.h"

namespace pdata {

// Why a block cannot be read as a node. Meaning of the numbers: the catalogue's.
struct node_fault {
  damage_id id;
  std::uint64_t expected = 0;
  std::uint64_t actual = 0;
};

class node_view {
 public:
  node_view() = default;  // an empty leaf

  // Everything that a node can prove about itself alone, whoever points at it:
  // flags, layout within the block, strictly ascending keys, no empty internal
  // node. Does not look at checksum and location, see io/validate.h.
  static std::variant<node_view, node_fault> parse(block_view block);

  // Only what the kernel demands of a node before using it: at least one flag,
  // and a layout that lies within the block.
  static std::variant<node_view, node_fault> parse_layout(block_view block);

  bool is_leaf() const { return leaf_; }
  std::uint32_t flags() const {
    return load_le<std::uint32_t>({bytes_, block_size}, node_field_at("flags"));
  }
  std::uint32_t nr_entries() const { return nr_entries_; }
  std::uint32_t max_entries() const { return max_entries_; }
  std::uint32_t value_size() const { return value_size_; }
  std::uint32_t padding() const {
    return load_le<std::uint32_t>({bytes_, block_size}, node_field_at("padding"));
  }
  bool empty() const { return nr_entries_ == 0; }

  // All require index < nr_entries().
  std::uint64_t key(std::uint32_t index) const {
    REQUIRE(index < nr_entries_);
    return load(node_header_bytes + std::size_t{index} * node_key_bytes);
  }
  std::uint64_t first_key() const { return key(0); }
  std::uint64_t last_key() const { return key(nr_entries_ - 1); }
  std::span<const std::byte> value(std::uint32_t index) const {
    REQUIRE(index < nr_entries_);
    return {bytes_ + values_at_ + std::size_t{index} * value_size_, value_size_};
  }
  // The values of all entries, one behind the other.
  std::span<const std::byte> values() const {
    return {bytes_ + values_at_, std::size_t{nr_entries_} * value_size_};
  }
  // Requires 8-byte values: children, mappings, roots.
  std::uint64_t value_u64(std::uint32_t index) const {
    REQUIRE(index < nr_entries_ && value_size_ == 8);
    return load(values_at_ + std::size_t{index} * 8);
  }
  std::uint32_t value_u32(std::uint32_t index) const {
    return load_le<std::uint32_t>(value(index), 0);
  }

  // Index of the last key <= `key`, or -1.
  int lower_bound(std::uint64_t key) const;
  int lower_bound(std::uint64_t key, const key_bounds& expected) const;
  // Of the keys of child `index`, as far as this node says.
  key_bounds bounds_of_child(std::uint32_t index) const {
    return {key(index), index + 1 < nr_entries_ ? key(index + 1) : 0};
  }
  // Index of exactly `key`, if present.
  std::optional<std::uint32_t> find(std::uint64_t key) const;

 private:
  std::uint64_t load(std::size_t offset) const {
    return load_le_unchecked<std::uint64_t>(bytes_ + offset);
  }

  const std::byte* bytes_ = nullptr;
  std::uint32_t nr_entries_ = 0;
  std::uint32_t max_entries_ = 0;
  std::uint32_t value_size_ = 0;
  std::uint32_t values_at_ = 0;
  bool leaf_ = true;
};

}  // namespace pdata
