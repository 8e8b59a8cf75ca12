// The head of a B-tree node (btree_node.h): what says where its keys and values are.
#pragma once

#include <cstdint>

#include "persistent-data/format/block.h"
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

struct node_layout {
  std::uint32_t flags = 0;
  std::uint32_t nr_entries = 0;
  std::uint32_t max_entries = 0;
  std::uint32_t value_size = 0;

  static node_layout load(block_view block) {
    return {load_le<std::uint32_t>(block, node_field_at("flags")),
            load_le<std::uint32_t>(block, node_field_at("nr_entries")),
            load_le<std::uint32_t>(block, node_field_at("max_entries")),
            load_le<std::uint32_t>(block, node_field_at("value_size"))};
  }
  // Whether so many entries as there can be lie within the block. Without a division: asked at
  // each step.
  bool has_room() const {
    return max_entries <= block_size / node_key_bytes &&
           max_entries * (std::uint64_t{node_key_bytes} + value_size) <=
               block_size - node_header_bytes;
  }
  bool fits() const { return has_room() && nr_entries <= max_entries; }
};

}  // namespace pdata
