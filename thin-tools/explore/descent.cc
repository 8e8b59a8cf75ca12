#include "thin-tools/explore/descent.h"

#include <algorithm>

#include "persistent-data/btree/tree_judge.h"
#include "persistent-data/format/damage_catalogue.h"
#include "persistent-data/format/tree_value.h"
#include "persistent-data/io/validate.h"

namespace thin_tools::explore {

using namespace pdata;

key_range keys_below(const node_view& node, std::uint32_t slot, const key_range& whole) {
  // Keys below the first separator are looked up in the first child.
  key_range range{slot == 0 ? whole.begin : node.key(slot), whole.end};
  if (slot + 1 < node.nr_entries()) range.end = node.key(slot + 1);
  return intersect(range, whole);
}

descent descend(pool_source& pool, const tree_shape& shape, metadata_block root,
                std::uint64_t key) {
  descent found;
  metadata_block location = root;
  key_range expected;
  const auto fail = [&](const node_fault& why) {
    found.fault = why;
    return found;
  };
  while (true) {
    if (found.way.size() == max_tree_depth)
      return fail({damage_id::node_depth, max_tree_depth - 1, found.way.size()});
    if (location >= pool.nr_blocks())
      return fail({damage_id::block_out_of_range, pool.nr_blocks(), location});
    found.way.push_back({location, expected});
    const auto read = pool.read(location);
    if (const auto* why = std::get_if<node_fault>(&read)) return fail(*why);
    const auto& block = std::get<std::unique_ptr<block_buffer>>(read);
    const auto examined = tree_graph::examine(block->view(), location, shape);
    if (const auto* why = std::get_if<node_fault>(&examined)) return fail(*why);
    const auto& node = std::get<node_view>(examined);
    if (node.is_leaf()) {
      if (const auto at = node.find(key)) {
        const auto bytes = node.value(*at);
        found.value.emplace(bytes.begin(), bytes.end());
      }
      return found;
    }
    const auto slot = static_cast<std::uint32_t>(std::max(0, node.lower_bound(key)));
    expected = keys_below(node, slot, expected);
    location = node.value_u64(slot);
  }
}

found_entry index_entry_of(pool_source& pool, space_map_kind kind, std::uint64_t bitmap) {
  const auto* layout = pool.layout();
  if (layout == nullptr) return {};
  if (kind == space_map_kind::data) {
    const auto found =
        descend(pool, data_index_tree_shape, layout->active.data_space_map.bitmap_root, bitmap);
    if (found.fault) return {{}, found.fault};
    if (!found.value) return {{}, node_fault{damage_id::bitmap_missing, bitmap, 0}};
    return {index_entry::load(*found.value), {}};
  }
  const auto location = layout->active.metadata_space_map.bitmap_root;
  if (location >= pool.nr_blocks())
    return {{}, node_fault{damage_id::block_out_of_range, pool.nr_blocks(), location}};
  const auto read = pool.read(location);
  if (const auto* why = std::get_if<node_fault>(&read)) return {{}, *why};
  const auto& block = std::get<std::unique_ptr<block_buffer>>(read);
  if (const auto why = validate(block->view(), block_kind::index, location)) return {{}, *why};
  if (bitmap >= max_metadata_bitmaps) return {{}, node_fault{damage_id::bitmap_missing, bitmap, 0}};
  return {load_index_entry(block->view(), bitmap), {}};
}

stored_count count_of(pool_source& pool, space_map_kind kind, std::uint64_t block) {
  const auto* layout = pool.layout();
  if (layout == nullptr) return {};
  const auto [entry, missing] = index_entry_of(pool, kind, block / entries_per_bitmap);
  if (!entry) return {0, missing};
  if (entry->location >= pool.nr_blocks())
    return {0, node_fault{damage_id::block_out_of_range, pool.nr_blocks(), entry->location}};
  const auto read = pool.read(entry->location);
  if (const auto* why = std::get_if<node_fault>(&read)) return {0, *why};
  const auto& bitmap = std::get<std::unique_ptr<block_buffer>>(read);
  if (const auto why = validate(bitmap->view(), block_kind::bitmap, entry->location))
    return {0, *why};
  const auto count =
      bitmap_count(bitmap->view(), static_cast<std::uint32_t>(block % entries_per_bitmap));
  if (count != count_in_overflow) return {count, {}};
  const bool data = kind == space_map_kind::data;
  const auto found = descend(
      pool, data ? data_overflow_tree_shape : metadata_overflow_tree_shape,
      (data ? layout->active.data_space_map : layout->active.metadata_space_map).ref_count_root,
      block);
  if (found.fault) return {count, found.fault};
  if (!found.value) return {count, node_fault{damage_id::count_overflow_missing, 0, 1}};
  return {decode_u32(*found.value), {}};
}

}  // namespace thin_tools::explore
