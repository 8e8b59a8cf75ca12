#include "thin-tools/repair/placement/hidden_nodes.h"

#include "persistent-data/btree/leaf_stream.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/damage_sinks.h"

namespace thin_tools {

using pdata::metadata_block;

namespace {

// What the superblock's space maps consist of, as far as no tree node refers to it.
std::set<metadata_block> space_map_blocks(const device_scan& device, const chosen_roots& roots) {
  std::set<metadata_block> blocks(roots.counts.bitmaps().begin(), roots.counts.bitmaps().end());
  if (!roots.superblock) return blocks;
  const auto& data = roots.superblock->data_space_map;
  const auto& metadata = roots.superblock->metadata_space_map;
  blocks.insert(
      {data.bitmap_root, data.ref_count_root, metadata.bitmap_root, metadata.ref_count_root});
  pdata::silent_sink sink;
  pdata::for_each_entry(device.reader, pdata::data_index_tree_shape, data.bitmap_root,
                        device.scan.nr_blocks(), pdata::which_metadata::active, sink,
                        [&](std::uint64_t, std::span<const std::byte> value) {
                          blocks.insert(pdata::index_entry::load(value).location);
                        });
  return blocks;
}

}  // namespace

hidden_nodes find_hidden_nodes(const device_scan& device, const chosen_roots& roots,
                               const reference_census& census) {
  hidden_nodes hidden;
  // Nodes stood behind the end of a device that was cut.
  if (roots.superblock && roots.superblock->metadata_space_map.nr_blocks > device.scan.nr_blocks())
    hidden.all_known = false;
  const auto other = space_map_blocks(device, roots);
  for (metadata_block b = 1; b < device.scan.nr_blocks(); ++b) {
    const auto is = device.scan[b].is;
    const auto counted = roots.counts.get(b);
    if (counted == 0U || other.contains(b)) continue;
    if (!counted) {
      // Beyond the space map a device may be blank: it has grown.
      if (is != pdata::block_class::blank || roots.counts.live(b)) hidden.all_known = false;
      continue;
    }
    const auto nr_missing = census.missing(b);
    if (nr_missing == 0) continue;
    if (is == pdata::block_class::internal && device.children.leaf_value_size(b) == 0)
      hidden.all_known = false;
    if (is != pdata::block_class::unusable && is != pdata::block_class::blank) continue;
    ++hidden.count;
    if (census.refs(b) != 0)
      hidden.holes.insert(b);
    else if (nr_missing > 1)
      hidden.any_shared = true;
  }
  return hidden;
}

}  // namespace thin_tools
