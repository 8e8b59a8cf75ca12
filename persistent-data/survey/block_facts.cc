#include "persistent-data/survey/block_facts.h"

#include <array>
#include <variant>

#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/field_table.h"
#include "persistent-data/format/superblock.h"

namespace pdata {

namespace {

constexpr std::array<std::string_view, 7> type_names{
    "unknown",       "superblock",  "btree_internal", "btree_leaf",
    "btree_unknown", "index_block", "bitmap_block"};

// Also of a node that cannot be used.
std::uint32_t node_field(block_view bytes, std::string_view name) {
  const auto which = find_field(node_fields, name);
  REQUIRE(which.has_value());
  return static_cast<std::uint32_t>(load_field(bytes, *which));
}

block_type node_type(block_view bytes) {
  switch (node_field(bytes, "flags")) {
    case node_flag_internal:
      return block_type::btree_internal;
    case node_flag_leaf:
      return block_type::btree_leaf;
    default:
      return block_type::btree_unknown;
  }
}

bool is_text(std::byte byte) {
  const auto c = std::to_integer<unsigned char>(byte);
  return (c >= ' ' && c < 127) || c == '\n' || c == '\r' || c == '\t';
}

}  // namespace

std::string_view block_type_name(block_type type) {
  return type_names[static_cast<std::size_t>(type)];
}

block_facts examine_block(block_view bytes, metadata_block location) {
  const auto kind = identify(bytes);
  block_facts facts;
  if (!kind) return facts;
  const auto blocknr = stored_location(bytes);
  const bool in_place = blocknr == location;
  switch (*kind) {
    case block_kind::superblock: {
      const bool magic = superblock::load(bytes).magic == superblock_magic;
      return {.type = block_type::superblock, .valid = in_place && magic, .blocknr = blocknr};
    }
    case block_kind::index:
      return {.type = block_type::index_block, .valid = in_place, .blocknr = blocknr};
    case block_kind::bitmap:
      return {.type = block_type::bitmap_block, .valid = in_place, .blocknr = blocknr};
    case block_kind::btree_node: {
      const auto parsed = node_view::parse(bytes);
      const bool sound = std::holds_alternative<node_view>(parsed);
      return {.type = node_type(bytes),
              .valid = in_place && sound,
              .value_size = node_field(bytes, "value_size"),
              .blocknr = blocknr};
    }
    case block_kind::array:
    case block_kind::cache_superblock:
    case block_kind::era_superblock:
      break;
  }
  return facts;
}

std::uint64_t count_text_bytes(block_view bytes) {
  constexpr std::uint64_t shortest_row = 4;
  std::uint64_t total = 0;
  std::uint64_t row = 0;
  for (const auto byte : bytes) {
    row = is_text(byte) ? row + 1 : 0;
    if (row == shortest_row) total += shortest_row;
    if (row > shortest_row) ++total;
  }
  return total;
}

}  // namespace pdata
