#include "thin-tools/scan/reference_list.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <tuple>
#include <variant>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/memory_room.h"
#include "persistent-data/btree/tree_graph.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/field_table.h"

namespace thin_tools {

using pdata::metadata_block;

namespace {

// The fields of a superblock that are locations.
constexpr std::array<std::string_view, 7> location_fields{"held_root",
                                                          "data_space_map_root.bitmap_root",
                                                          "data_space_map_root.ref_count_root",
                                                          "metadata_space_map_root.bitmap_root",
                                                          "metadata_space_map_root.ref_count_root",
                                                          "data_mapping_root",
                                                          "device_details_root"};

constexpr std::string_view top_level_field = "data_mapping_root";

auto order(const block_reference& reference) {
  return std::tuple(reference.to, reference.from, reference.entry);
}

}  // namespace

reference_list::reference_list(pdata::batch_reader& reader, metadata_block begin,
                               metadata_block end)
    : begin_(begin), counts_(pdata::to_room(end - begin)) {
  REQUIRE(reader.nr_workers() == 1);
  std::vector<metadata_block> all(pdata::to_room(reader.device().nr_blocks()));
  std::iota(all.begin(), all.end(), metadata_block{0});
  reader.read(all, [&](const pdata::read_block& block) {
    if (block.outcome.ok()) take_block(block.bytes, block.location);
  });
  take_devices(reader);
  std::ranges::stable_sort(references_, {}, order);
}

std::span<const block_reference> reference_list::to(metadata_block location) const {
  const auto found = std::ranges::equal_range(references_, location, {}, &block_reference::to);
  return {found.begin(), found.end()};
}

void reference_list::take_block(pdata::block_view bytes, metadata_block location) {
  const auto facts = pdata::examine_block(bytes, location);
  if (!facts.valid) return;
  if (facts.type == pdata::block_type::superblock) take_superblock(bytes, location);
  if (facts.is_node()) take_node(bytes, location);
  if (facts.type == pdata::block_type::index_block)
    for (std::uint32_t slot = 0; slot < pdata::max_metadata_bitmaps; ++slot)
      add({.to = pdata::load_index_entry(bytes, slot).location, .from = location, .entry = slot});
}

void reference_list::take_superblock(pdata::block_view bytes, metadata_block location) {
  for (const auto name : location_fields) {
    const auto where = pdata::find_field(pdata::superblock_fields, name);
    REQUIRE(where.has_value());
    const auto to = pdata::load_field(bytes, *where);
    add({.to = to, .from = location, .field = where->name});
    if (name == top_level_field) top_level_roots_.push_back(to);
  }
}

// Of leaves only those of the data map's index refer to metadata for certain.
void reference_list::take_node(pdata::block_view bytes, metadata_block location) {
  const auto parsed = pdata::node_view::parse(bytes);
  const auto* node = std::get_if<pdata::node_view>(&parsed);
  if (node == nullptr) return;
  const bool index = node->is_leaf() && node->value_size() == pdata::index_entry::bytes;
  if (node->is_leaf() && !index) return;
  for (std::uint32_t i = 0; i < node->nr_entries(); ++i)
    add({.to = index ? pdata::index_entry::load(node->value(i)).location
                     : metadata_block(node->value_u64(i)),
         .from = location,
         .entry = i});
}

// The leaves of the top level trees look like mappings; the way to them tells
// them apart.
void reference_list::take_devices(pdata::batch_reader& reader) {
  pdata::tree_graph top_level(reader, pdata::top_level_tree_shape, reader.device().nr_blocks());
  const pdata::leaf_visitor take = [&](const pdata::visited_leaf& leaf) {
    for (std::uint32_t i = 0; i < leaf.node.nr_entries(); ++i)
      add({.to = leaf.node.value_u64(i), .from = leaf.location, .entry = i});
  };
  top_level.add(top_level_roots_, &take);
}

// Block 0 is the superblock, which nothing refers to: a location of 0 is none.
void reference_list::add(const block_reference& reference) {
  if (reference.to == 0 || reference.to < begin_ || reference.to - begin_ >= counts_.size()) return;
  auto& count = counts_[pdata::to_size(reference.to - begin_)];
  if (count < kept_max) references_.push_back(reference);
  if (count < std::numeric_limits<std::uint32_t>::max()) ++count;
}

}  // namespace thin_tools
