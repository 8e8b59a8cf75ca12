#include "persistent-data/stream/unshared_size.h"

#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/require.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/superblock.h"
#include "persistent-data/space-map/space_map_writer.h"
#include "persistent-data/stream/pool_builder.h"

namespace pdata {

namespace {

// Of a tree whose nodes are full but for two on each level (tree_builder.h).
metadata_block nodes_of_tree(std::uint64_t nr_entries, std::uint32_t value_bytes) {
  metadata_block on_level =
      std::max<metadata_block>(div_up(nr_entries, std::uint64_t{max_node_entries(value_bytes)}), 1);
  metadata_block sum = on_level;
  while (on_level > 1) {
    on_level = div_up(on_level, metadata_block{max_node_entries(child_value_bytes)});
    sum += on_level;
  }
  return sum;
}

}  // namespace

unshared_size::unshared_size(metadata_block nr_blocks)
    : nr_blocks_(std::min<metadata_block>(nr_blocks, max_metadata_blocks)),
      room_(nullptr, superblock_location + 1, max_metadata_blocks) {}

void unshared_size::begin_superblock(const stream_superblock& superblock) {
  // Refused before memory is asked for in proportion.
  room_.expect_room(div_up(superblock.nr_data_blocks, entries_per_bitmap));
  data_counts_ = std::make_unique<block_tally>(superblock.nr_data_blocks);
}

void unshared_size::begin_def(const std::string&) { REQUIRE(false && "a stream without defs"); }
void unshared_size::ref(const std::string&) { REQUIRE(false && "a stream without defs"); }

void unshared_size::run(const mapping_run& mappings) {
  // So that a run which can never fit costs no time.
  if (mappings.length >= max_node_entries(child_value_bytes))
    room_.expect_room(mappings.length / max_node_entries(child_value_bytes));
  data_counts_->add(mappings.data_begin, mappings.length);
  nr_mappings_ += mappings.length;
}

bool unshared_size::runs(std::span<const mapping_run> all) {
  for (const auto& one : all) unshared_size::run(one);
  return true;
}

// Devices without mappings have one leaf together.
void unshared_size::end_device() {
  ++nr_devices_;
  nr_all_mappings_ += nr_mappings_;
  if (nr_mappings_ == 0)
    ++nr_empty_devices_;
  else
    nr_nodes_ += nodes_of_tree(nr_mappings_, child_value_bytes);
}

void unshared_size::end_superblock() {
  nr_nodes_ += nodes_of_tree(nr_devices_, child_value_bytes) +
               nodes_of_tree(nr_devices_, device_details::bytes) + (nr_empty_devices_ != 0 ? 1 : 0);
  const metadata_block first_node = superblock_location + 1;
  room_.expect_room(nr_nodes_);
  block_writer out(nullptr, first_node + nr_nodes_, max_metadata_blocks);
  ref_counts metadata_counts(max_metadata_blocks);
  for (metadata_block block = 0; block < out.next(); ++block) metadata_counts.increment(block);
  if (nr_empty_devices_ > 1) metadata_counts.add(first_node, nr_empty_devices_ - 1);
  const auto data_map = write_data_space_map(out, metadata_counts, *data_counts_);
  maps_data_twice_ = nr_all_mappings_ > data_map.nr_allocated;
  write_metadata_space_map(out, metadata_counts, nr_blocks_);
  blocks_needed_ = least_device(out.next(), nr_blocks_);
}

}  // namespace pdata
