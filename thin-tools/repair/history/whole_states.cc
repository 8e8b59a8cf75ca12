#include "thin-tools/repair/history/whole_states.h"

#include <algorithm>
#include <memory>

#include "persistent-data/btree/leaf_stream.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/damage_sinks.h"
#include "thin-tools/repair/history/root_choice.h"
#include "thin-tools/repair/scan/census.h"
#include "thin-tools/repair/scan/small_trees.h"

namespace thin_tools {

using pdata::block_class;
using pdata::metadata_block;

namespace {

struct held_roots {
  std::vector<metadata_block> mapping;
  std::vector<metadata_block> details;
};

held_roots read_held_roots(const device_scan& device, const generation& state) {
  held_roots held;
  for (const auto location : state.snapshots)
    if (const auto copy = read_superblock(device.reader, location, device.scan.nr_blocks())) {
      held.mapping.push_back(copy->mapping_root);
      held.details.push_back(copy->details_root);
    }
  return held;
}

// A root that only the snapshot has is counted once.
std::vector<metadata_block> without_held(const generation& state, std::vector<metadata_block> roots,
                                         const std::vector<metadata_block>& held) {
  std::erase_if(roots, [&](metadata_block b) {
    return std::ranges::count(held, b) != 0 && state.counts.get(b) == 1U;
  });
  return roots;
}

constexpr auto per_word = pdata::entries_per_bitmap_word;
constexpr std::uint64_t data_bitmaps_max = 256;  // that are looked at in each state

// The bitmaps of the data space map have as many free entries as its index says.
bool has_its_data_bitmaps(const device_scan& device, const generation& state) {
  if (state.data_index_roots.empty()) return true;
  const auto nr_blocks = device.scan.nr_blocks();
  pdata::batch_reader one_by_one(device.reader.device(), 1);
  pdata::silent_sink sink;
  const auto block = std::make_unique<pdata::block_buffer>();
  bool has_all = true;
  bool less_free = false;
  std::uint64_t nr_looks = 0;
  const auto look = [&](std::uint64_t, std::span<const std::byte> value) {
    if (!has_all || ++nr_looks > data_bitmaps_max) return;
    const auto entry = pdata::index_entry::load(value);
    has_all = entry.location < nr_blocks && device.scan[entry.location].is == block_class::bitmap &&
              device.reader.device().read(entry.location, block->span()).ok();
    std::uint32_t free = 0;
    for (std::uint32_t word = 0; has_all && word < pdata::entries_per_bitmap / per_word; ++word) {
      auto fields = pdata::bitmap_word(block->view(), word);
      for (std::uint32_t i = 0; i < per_word; ++i, fields >>= 2)
        free += pdata::decode_bitmap_field(fields & 3) == 0;
    }
    // The last one may leave out what lies beyond the end of the data device.
    has_all = has_all && !less_free && free >= entry.nr_free;
    less_free = free != entry.nr_free;
  };
  pdata::for_each_entry(one_by_one, pdata::data_index_tree_shape, state.data_index_roots.front(),
                        nr_blocks, pdata::which_metadata::active, sink, look);
  return has_all;
}

bool is_lost(const device_scan& device, metadata_block b) {
  const auto is = device.scan[b].is;
  return is == block_class::unusable || is == block_class::blank;
}

}  // namespace

std::optional<root_pair> pool_roots(const device_scan& device, const generation& state) {
  const auto held = read_held_roots(device, state);
  return best_agreement(device, without_held(state, state.mapping_roots, held.mapping),
                        without_held(state, state.details_roots, held.details));
}

bool names_free_blocks(const device_scan& device, const pdata::stored_counts& counts,
                       metadata_block limit) {
  bool found = false;
  device.children.for_each_node([&](metadata_block node, std::span<const metadata_block> named) {
    if (found || node > limit || !counts.live(node)) return;
    found = std::ranges::any_of(named, [&](metadata_block child) {
      return child >= device.scan.nr_blocks() || counts.get(child) == 0U;
    });
  });
  return found;
}

bool is_exact(const device_scan& device, const generation& state) {
  const auto nr_blocks = device.scan.nr_blocks();
  const auto pair = pool_roots(device, state);
  if (!pair) return false;
  const auto top = device.small_trees.top_level_at(pair->mapping_root);
  const auto details = device.small_trees.details_at(pair->details_root);
  if (top->damaged() || details->damaged()) return false;
  for (const auto& [id, root] : top->roots) {
    const auto known = details->devices.find(id);
    const bool is_tree = root < nr_blocks && (device.scan[root].is == block_class::internal ||
                                              device.scan[root].is == block_class::leaf);
    if (known == details->devices.end() || !is_tree ||
        device.children.nr_values(root) != known->second.mapped_blocks)
      return false;
  }
  if (state.data_index_roots.size() > 1) return false;
  const auto held = read_held_roots(device, state);
  auto tops = held.mapping;
  tops.push_back(pair->mapping_root);
  reference_census census(device.scan, device.children, state.counts);
  for (const auto b : tops) census.add(b);
  census.add(pair->details_root);
  for (const auto b : held.details) census.add(b);
  for (const auto root : trees_named_by(device.reader, tops, nr_blocks)) census.add(root);
  for (metadata_block b = 1; b < nr_blocks; ++b) {
    const auto is = device.scan[b].is;
    if (!state.counts.live(b) || (is != block_class::leaf && is != block_class::internal)) continue;
    const auto counted = state.counts.get(b);
    if (counted && census.refs(b) > *counted) return false;
    if (census.missing(b) == 0) continue;
    const bool has_entries = device.scan[b].nr_entries != 0;
    if (device.children.is_tree_of(b, pdata::details_tree_shape) ||
        (device.children.is_tree_of(b, pdata::mapping_tree_shape) && has_entries))
      return false;
  }
  return has_its_data_bitmaps(device, state);
}

block_set proven_blocks(const device_scan& device) {
  const auto nr_blocks = device.scan.nr_blocks();
  block_set proven(nr_blocks);
  for (metadata_block b = 1; b < nr_blocks; ++b) {
    const auto is = device.scan[b].is;
    if ((is != block_class::leaf && is != block_class::internal) || device.scan[b].nr_entries == 0)
      continue;
    if (device.children.is_tree_of(b, pdata::mapping_tree_shape) ||
        device.children.is_tree_of(b, pdata::details_tree_shape))
      proven.insert(b);
  }
  return proven;
}

bool have_proven_in_common(const device_scan& device, const generation& a, const generation& b) {
  const auto nr_blocks = device.scan.nr_blocks();
  return block_set(a.counts, nr_blocks)
      .common_with(proven_blocks(device))
      .shares_with(block_set(b.counts, nr_blocks));
}

state_condition condition_of(const device_scan& device, const generation& state) {
  const auto nr_blocks = device.scan.nr_blocks();
  for (const auto index : device.indices)
    if (index != state.index && state.counts.live(index)) return state_condition::written_over;
  bool any_lost = false;
  for (metadata_block b = 1; b < nr_blocks && !any_lost; ++b)
    any_lost = state.counts.live(b) && is_lost(device, b);
  if (!any_lost)
    return is_exact(device, state) ? state_condition::whole : state_condition::written_over;
  if (names_free_blocks(device, state.counts, nr_blocks)) return state_condition::written_over;
  const reference_census census(device.scan, device.children, state.counts);
  return census.contradictions() == 0 ? state_condition::damaged : state_condition::written_over;
}

bool history_is_whole(const device_scan& device, const generation& state) {
  auto end = device.scan.nr_blocks();
  while (end > 1 && is_lost(device, end - 1) && !state.counts.live(end - 1)) --end;
  for (metadata_block b = 1; b < end; ++b)
    if (is_lost(device, b) && !state.counts.live(b)) return false;
  return true;
}

}  // namespace thin_tools
