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
// node_view reads, node_editor changes. Both stand on a layout that was proven
// to lie within the block, so their accessors cannot leave it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>

#include "persistent-data/base/ids.h"
#include "persistent-data/format/block.h"
#include "persistent-data/format/damage.h"
#include "persistent-data/format/field_table.h"
#include "persistent-data/format/little_endian.h"

namespace pdata {

inline constexpr std::size_t node_header_bytes = 32;
inline constexpr std::size_t node_key_bytes = 8;
inline constexpr std::uint32_t node_flag_internal = 1;
inline constexpr std::uint32_t node_flag_leaf = 2;
inline constexpr std::uint32_t child_value_bytes = 8;

enum class node_kind : std::uint8_t { internal, leaf };

consteval std::size_t node_field_at(std::string_view name) { return offset_of(node_fields, name); }

// How many entries the kernel gives a node with values of this size:
// a multiple of three (Linux 6.1 dm-btree.c, calc_max_entries).
constexpr std::uint32_t max_node_entries(std::uint32_t value_size) {
  return static_cast<std::uint32_t>(
      3 * ((block_size - node_header_bytes) / (node_key_bytes + value_size) / 3));
}
static_assert(max_node_entries(8) == 252 && max_node_entries(4) == 336);
static_assert(max_node_entries(16) == 168 && max_node_entries(24) == 126);

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

// Changes a node in place. Entry positions beyond nr_entries but below
// max_entries are addressable: the kernel's moves leave stale bytes there, and
// those bytes are part of an image.
class node_editor {
 public:
  // Makes an empty node in a block; the other bytes stay as they are.
  static node_editor format(block_span block, node_kind kind, std::uint32_t value_size,
                            std::uint32_t max_entries);
  // Opens a node whose layout was proven by node_view::parse_layout.
  explicit node_editor(block_span block);

  bool is_leaf() const { return (flags() & node_flag_leaf) != 0; }
  node_kind kind() const { return is_leaf() ? node_kind::leaf : node_kind::internal; }
  std::uint32_t flags() const { return load_le<std::uint32_t>(block_, node_field_at("flags")); }
  // Read from the block each time: several editors may be open on one block.
  std::uint32_t nr_entries() const {
    return load_le<std::uint32_t>(block_, node_field_at("nr_entries"));
  }
  std::uint32_t max_entries() const { return max_entries_; }
  std::uint32_t value_size() const { return value_size_; }

  std::uint64_t key(std::uint32_t index) const;
  std::span<const std::byte> value(std::uint32_t index) const;
  std::uint64_t value_u64(std::uint32_t index) const;

  void set_nr_entries(std::uint32_t count);
  void set_key(std::uint32_t index, std::uint64_t key);
  void set_value(std::uint32_t index, std::span<const std::byte> value);
  void set_value_u64(std::uint32_t index, std::uint64_t value);
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

  block_span bytes() const { return block_; }

 private:
  std::byte* key_at(std::uint32_t index) const;
  std::byte* value_at(std::uint32_t index) const;

  block_span block_;
  std::uint32_t max_entries_ = 0;
  std::uint32_t value_size_ = 0;
};

}  // namespace pdata
