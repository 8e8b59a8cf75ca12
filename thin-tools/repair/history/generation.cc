#include "thin-tools/repair/history/generation.h"

#include <algorithm>

#include "persistent-data/btree/leaf_stream.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/damage_sinks.h"
#include "thin-tools/repair/scan/census.h"
#include "thin-tools/repair/scan/small_trees.h"

namespace thin_tools {

using pdata::metadata_block;

namespace {

// A state has two: of the metadata and of the data.
constexpr std::size_t overflow_trees_max = 8;

// A map describes itself: index and bitmaps are in use once, as is the superblock,
// and no other index is.
bool counts_itself(const device_scan& device, const generation& state) {
  const auto once = [&](metadata_block b) { return state.counts.get(b) == 1U; };
  if (!once(0) || !once(state.index) || !std::ranges::all_of(state.counts.bitmaps(), once))
    return false;
  return std::ranges::none_of(
      device.indices, [&](metadata_block b) { return b != state.index && state.counts.live(b); });
}

// The overflow tree of the metadata map is the one that has exactly the blocks
// with counts of three and more.
bool is_overflow_of(const device_scan& device, metadata_block root,
                    const pdata::stored_counts& counts) {
  const auto nr_blocks = device.scan.nr_blocks();
  std::uint64_t expected = 0;
  for (metadata_block b = 0; b < nr_blocks; ++b) expected += counts.in_overflow(b);
  if (device.children.nr_values(root) != expected) return false;
  pdata::silent_sink sink;
  std::uint64_t found = 0;
  bool fits = true;
  pdata::batch_reader one_by_one(device.reader.device(), 1);
  pdata::for_each_entry(one_by_one, pdata::metadata_overflow_tree_shape, root, nr_blocks,
                        pdata::which_metadata::active, sink,
                        [&](std::uint64_t block, std::span<const std::byte>) {
                          ++found;
                          fits = fits && block < nr_blocks && counts.in_overflow(block);
                        });
  return fits && found == expected;
}

void read_summary(const device_scan& device, generation& state) {
  for (const auto root : state.details_roots) {
    const auto details = device.small_trees.details_at(root);
    for (const auto& [id, device_details] : details->devices) {
      state.mapped_blocks[id] += device_details.mapped_blocks;
      state.newest_time = std::max(
          {state.newest_time, device_details.creation_time, device_details.snapshotted_time});
      state.newest_transaction = std::max(state.newest_transaction, device_details.transaction_id);
    }
  }
}

void classify_roots(const device_scan& device, generation& state, const reference_census& census) {
  const auto& scan = device.scan;
  std::size_t nr_overflow_trees = 0;
  std::optional<metadata_block> empty_overflow;
  metadata_block nodes_left = scan.nr_blocks();  // one node in several trees makes no state
  for (metadata_block b = 0; b < scan.nr_blocks(); ++b) {
    if (!state.counts.live(b)) continue;
    if (scan[b].is == pdata::block_class::superblock && b != 0) state.snapshots.push_back(b);
    if (scan[b].is != pdata::block_class::leaf && scan[b].is != pdata::block_class::internal)
      continue;
    if (census.refs(b) != 0) continue;
    const auto size = device.children.tree_size(b);
    const auto value_size = device.children.leaf_value_size(b);
    if (value_size != pdata::mapping_tree_shape.value_size) {
      if (size > nodes_left) continue;
      nodes_left -= size;
    }
    switch (value_size) {
      case pdata::details_tree_shape.value_size:
        state.details_roots.push_back(b);
        break;
      case pdata::mapping_tree_shape.value_size:
        if (scan[b].is == pdata::block_class::internal || scan[b].names_blocks)
          state.mapping_roots.push_back(b);
        break;
      case pdata::data_overflow_tree_shape.value_size:
        if (++nr_overflow_trees > overflow_trees_max) break;
        if (is_overflow_of(device, b, state.counts))
          state.counts.load_overflow(device.reader, b);
        else
          state.data_overflow_roots.push_back(b);
        if (device.children.nr_values(b) == 0) empty_overflow = b;
        break;
      case pdata::data_index_tree_shape.value_size:
        state.data_index_roots.push_back(b);
        break;
      default:
        break;
    }
  }
  // An empty leaf is as good as another.
  if (state.data_overflow_roots.empty() && empty_overflow)
    state.data_overflow_roots.push_back(*empty_overflow);
  read_summary(device, state);
}

}  // namespace

generation survey(const device_scan& device, metadata_block index, pdata::stored_counts counts) {
  generation state(std::move(counts));
  state.index = index;
  const reference_census census(device.scan, device.children, state.counts);
  classify_roots(device, state, census);
  return state;
}

std::optional<generation> classify(const device_scan& device, metadata_block index,
                                   pdata::stored_counts counts) {
  generation state(std::move(counts));
  state.index = index;
  if (!state.counts.sound() || !state.counts.anything_known() || !counts_itself(device, state))
    return std::nullopt;
  const reference_census census(device.scan, device.children, state.counts);
  if (census.contradictions() != 0) return std::nullopt;
  classify_roots(device, state, census);
  return state;
}

std::optional<pdata::space_map_root> data_map_of(const device_scan& device,
                                                 const generation& state) {
  if (state.data_index_roots.size() != 1 || state.data_overflow_roots.size() != 1)
    return std::nullopt;
  const auto root = state.data_index_roots.front();
  return pdata::space_map_root{
      .nr_blocks = device.children.nr_values(root) * pdata::entries_per_bitmap,
      .nr_allocated = 0,
      .bitmap_root = root,
      .ref_count_root = state.data_overflow_roots.front()};
}

}  // namespace thin_tools
