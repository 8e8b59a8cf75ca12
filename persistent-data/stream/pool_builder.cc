#include "persistent-data/stream/pool_builder.h"

#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/mapping_value.h"
#include "persistent-data/format/superblock.h"
#include "persistent-data/space-map/space_map_writer.h"

namespace pdata {

namespace {

constexpr std::uint32_t root_value_bytes = 8;

}  // namespace

pool_builder::pool_builder(block_device& device, pool_build_options options)
    : pool_builder(&device, device.nr_blocks(),
                   std::min<metadata_block>(device.nr_blocks(), max_metadata_blocks), options) {
  erase_superblock(device);
}

std::unique_ptr<pool_builder> pool_builder::rehearsal(metadata_block nr_blocks,
                                                      pool_build_options options) {
  return std::unique_ptr<pool_builder>(
      new pool_builder(nullptr, nr_blocks, max_metadata_blocks, options));
}

pool_builder::pool_builder(block_device* device, metadata_block nr_blocks, metadata_block limit,
                           pool_build_options options)
    : device_(device),
      nr_blocks_(std::min<metadata_block>(nr_blocks, max_metadata_blocks)),
      options_(options),
      out_(device, superblock_location + 1, limit),
      metadata_counts_(limit),
      store_(out_, [this](metadata_block child) { metadata_counts_.increment(child); }),
      defs_([this](const entry_list& entries, std::size_t first, std::size_t count) {
        return write_mapping_leaf(entries, first, count);
      }),
      top_level_(store_, root_value_bytes),
      details_(store_, device_details::bytes) {
  metadata_counts_.increment(superblock_location);
}

void pool_builder::begin_superblock(const stream_superblock& superblock) {
  if (superblock.uuid.size() > superblock::uuid_bytes)
    throw error("the uuid is longer than the " + std::to_string(superblock::uuid_bytes) +
                " bytes that the superblock has for it");
  pool_ = superblock;
  // Refused before memory is asked for in proportion.
  out_.expect_room(div_up(superblock.nr_data_blocks, entries_per_bitmap));
  data_counts_ = std::make_unique<block_tally>(superblock.nr_data_blocks);
}

void pool_builder::begin_def(const std::string& name) {
  defs_.begin(name);
  in_def_ = true;
}

void pool_builder::end_def() {
  defs_.end();
  in_def_ = false;
}

void pool_builder::begin_device(device_id device, const device_details& details) {
  device_id_ = device;
  nr_of_last_time_ = 0;
  std::array<std::byte, device_details::bytes> value;
  details.store(value);
  details_.add(device, value);

  reusable_nodes reusable;
  if (options_.find_identical_leaves) {
    reusable.leaves = &known_leaves_;
    if (options_.end_leaves_alike) reusable.chain = &leaf_chain_;
    reusable.leaf_entries = std::min(options_.leaf_entries, max_node_entries(root_value_bytes));
  }
  if (options_.find_identical_leaves || !defs_.empty()) reusable.internals = &known_internals_;
  if (!mappings_)
    mappings_ = std::make_unique<tree_builder>(
        store_,
        [this](const entry_list& entries, std::size_t first, std::size_t count) {
          return write_mapping_leaf(entries, first, count);
        },
        root_value_bytes, reusable);
}

void pool_builder::end_device() {
  const metadata_block root = mappings_->finish();
  metadata_counts_.increment(root);
  top_level_.add_u64(device_id_, root);
}

void pool_builder::run(const mapping_run& mappings) {
  if (mappings.length == 0) return;
  const std::uint64_t nr_data_blocks = data_counts_->nr_blocks();
  if (mappings.data_begin >= nr_data_blocks ||
      mappings.length > nr_data_blocks - mappings.data_begin ||
      mappings.length - 1 > UINT64_MAX - mappings.begin || mappings.time > mapping_time_max)
    throw error("a mapping does not fit the pool");
  // So that a run which can never fit costs no time.
  if (!in_def_ && mappings.length >= max_node_entries(root_value_bytes))
    out_.expect_room(mappings.length / max_node_entries(root_value_bytes));
  const std::uint64_t value = pack_mapping({mappings.data_begin, mappings.time});
  if (options_.find_identical_leaves && options_.end_leaves_at_times && !in_def_)
    note_time(mappings);
  if (!in_def_) return mappings_->add_run(mappings.begin, value, mappings.length);
  for (std::uint64_t i = 0; i < mappings.length; ++i)
    defs_.add(mappings.begin + i, value + i * run_value_step);
}

void pool_builder::note_time(const mapping_run& mappings) {
  if (mappings.time != last_time_) {
    if (nr_of_last_time_ >= max_node_entries(root_value_bytes)) {
      mappings_->end_leaf();
      ended_leaves_at_times_ = true;
    }
    last_time_ = mappings.time;
    nr_of_last_time_ = 0;
  }
  nr_of_last_time_ += mappings.length;
}

bool pool_builder::runs(std::span<const mapping_run> all) {
  for (const auto& one : all) pool_builder::run(one);
  return true;
}

void pool_builder::ref(const std::string& name) { defs_.add_to(*mappings_, name); }

metadata_block pool_builder::write_mapping_leaf(const entry_list& entries, std::size_t first,
                                                std::size_t count) {
  if (count == 0) {  // a snapshot of a device without mappings shares its root: so do all here
    if (!empty_leaf_) empty_leaf_ = store_.write_leaf(entries, first, count);
    return *empty_leaf_;
  }
  nr_leaf_mappings_ += count;
  data_block run_begin = unpack_mapping(entries.value_u64(first)).block;
  std::uint64_t run_length = 1;
  for (std::size_t i = first + 1; i < first + count; ++i) {
    const data_block block = unpack_mapping(entries.value_u64(i)).block;
    if (block == run_begin + run_length) {
      ++run_length;
      continue;
    }
    data_counts_->add(run_begin, run_length);
    run_begin = block;
    run_length = 1;
  }
  data_counts_->add(run_begin, run_length);
  return store_.write_leaf(entries, first, count);
}

void pool_builder::end_superblock() {
  roots_.mapping_root = top_level_.finish();
  roots_.details_root = details_.finish();
  metadata_counts_.increment(roots_.mapping_root);
  metadata_counts_.increment(roots_.details_root);
  roots_.data_space_map = write_data_space_map(out_, metadata_counts_, *data_counts_);
  roots_.metadata_space_map = write_metadata_space_map(out_, metadata_counts_, nr_blocks_);
  if (device_ == nullptr) return;
  out_.finish();
  write_new_superblock(*device_, pool_, roots_, nr_blocks_);
}

metadata_block least_device(metadata_block pool_blocks, metadata_block nr_blocks) {
  const metadata_block without_bitmaps = pool_blocks - div_up(nr_blocks, entries_per_bitmap);
  metadata_block needed = without_bitmaps;
  while (without_bitmaps + div_up(needed, entries_per_bitmap) > needed)
    needed = without_bitmaps + div_up(needed, entries_per_bitmap);
  return needed;
}

metadata_block pool_builder::blocks_needed() const { return least_device(out_.next(), nr_blocks_); }

}  // namespace pdata
