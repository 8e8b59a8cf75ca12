#include "persistent-data/survey/raw_fields.h"

#include <fmt/format.h>

#include <array>
#include <variant>

#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/device_details.h"

namespace pdata {

namespace {

using entry_values = std::vector<named_value>;

named_value take(std::span<const std::byte> structure, const field& which) {
  if (which.size <= sizeof(std::uint64_t))
    return {.name = which.name, .number = load_field(structure, which), .digits = {}};
  named_value bytes{.name = which.name, .number = 0, .digits = {}};
  for (const auto byte : structure.subspan(which.offset, which.size))
    bytes.digits += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  return bytes;
}

void take_all(std::span<const std::byte> structure, std::span<const field> fields,
              entry_values& to) {
  for (const auto& which : fields) to.push_back(take(structure, which));
}

void take_value(std::span<const std::byte> value, bool leaf, entry_values& to) {
  constexpr std::array number64{field{"value", 0, 8}};
  constexpr std::array number32{field{"value", 0, 4}};
  constexpr std::array child{field{"child", 0, 8}};
  switch (value.size()) {
    case child_value_bytes:
      if (leaf) return take_all(value, number64, to);
      return take_all(value, child, to);
    case sizeof(std::uint32_t):
      return take_all(value, number32, to);
    case index_entry::bytes:
      return take_all(value, index_entry_fields, to);
    case device_details::bytes:
      return take_all(value, device_details_fields, to);
    default:
      return;
  }
}

std::vector<entry_values> node_entries(block_view bytes) {
  std::vector<entry_values> entries;
  const auto parsed = node_view::parse_layout(bytes);
  const auto* node = std::get_if<node_view>(&parsed);
  if (node == nullptr) return entries;
  for (std::uint32_t i = 0; i < node->nr_entries(); ++i) {
    auto& entry = entries.emplace_back();
    entry.push_back({.name = "index", .number = i, .digits = {}});
    entry.push_back({.name = "key", .number = node->key(i), .digits = {}});
    take_value(node->value(i), node->is_leaf(), entry);
  }
  return entries;
}

std::vector<entry_values> index_entries(block_view bytes) {
  std::vector<entry_values> entries;
  for (std::uint64_t slot = 0; slot < max_metadata_bitmaps; ++slot) {
    const auto index = load_index_entry(bytes, slot);
    if (index == index_entry{}) continue;
    std::array<std::byte, index_entry::bytes> raw;
    index.store(raw);
    auto& entry = entries.emplace_back();
    entry.push_back({.name = "index", .number = slot, .digits = {}});
    take_all(raw, index_entry_fields, entry);
  }
  return entries;
}

}  // namespace

std::span<const field> fields_of(block_type type) {
  switch (type) {
    case block_type::superblock:
      return superblock_fields;
    case block_type::btree_internal:
    case block_type::btree_leaf:
    case block_type::btree_unknown:
      return node_fields;
    case block_type::index_block:
      return index_block_fields;
    case block_type::bitmap_block:
      return bitmap_fields;
    case block_type::unknown:
      break;
  }
  return block_fields;
}

std::vector<named_value> list_fields(block_view bytes, block_type type) {
  entry_values values;
  take_all(bytes, fields_of(type), values);
  return values;
}

std::vector<std::vector<named_value>> list_entries(block_view bytes, block_type type) {
  switch (type) {
    case block_type::btree_internal:
    case block_type::btree_leaf:
    case block_type::btree_unknown:
      return node_entries(bytes);
    case block_type::index_block:
      return index_entries(bytes);
    default:
      return {};
  }
}

}  // namespace pdata
