// Makes fresh metadata out of a stream: nodes full, shared leaves written once,
// blocks in ascending order of location, space maps exact, the superblock last
// and after a flush. From its construction until then the device has no valid
// superblock, so that what is there can never be taken for a whole pool.
//
// Without a device nothing is written: a rehearsal that tells how much space
// the same stream needs.
//
// The stream must have been proven good (stream_validator.h); what would
// corrupt the result is refused here too, by an error. Other errors: the device
// is too small (out_of_space), a write fails.
#pragma once

#include <memory>
#include <optional>

#include "persistent-data/btree/tree_builder.h"
#include "persistent-data/space-map/block_tally.h"
#include "persistent-data/stream/def_store.h"
#include "persistent-data/stream/metadata_stream.h"
#include "persistent-data/stream/new_superblock.h"

namespace pdata {

struct pool_build_options {
  bool find_identical_leaves = false;  // also where the stream does not say that they are shared
  // While they are looked for (reusable_nodes in tree_builder.h); which of these
  // makes a pool smaller depends on how its devices differ. Leaves of more entries
  // than fit are full.
  bool end_leaves_alike = false;
  // While they are looked for. Leaves end where the time of mappings changes after so many of
  // one time as fill a leaf: which devices share them changes there, too.
  bool end_leaves_at_times = false;
  std::uint32_t leaf_entries = UINT32_MAX;
};

// How many blocks a device must have for a pool of so many, among which are the bitmaps of
// a device of nr_blocks: their number depends on the size of the device.
metadata_block least_device(metadata_block pool_blocks, metadata_block nr_blocks);

class pool_builder : public metadata_sink {
 public:
  pool_builder(block_device& device, pool_build_options options);

  // A rehearsal for a device of nr_blocks.
  static std::unique_ptr<pool_builder> rehearsal(metadata_block nr_blocks,
                                                 pool_build_options options);

  void begin_superblock(const stream_superblock& superblock) override;
  void end_superblock() override;
  void begin_def(const std::string& name) override;
  void end_def() override;
  void begin_device(device_id device, const device_details& details) override;
  void end_device() override;
  void run(const mapping_run& mappings) override;
  bool runs(std::span<const mapping_run> all) override;
  void ref(const std::string& name) override;

  // After end_superblock. How many blocks a device must have for this pool.
  metadata_block blocks_needed() const;
  // After end_superblock. Whether looking for identical leaves found any.
  bool found_identical_leaves() const { return known_leaves_.used(); }
  // After end_superblock. Whether there was a place to end leaves at because of times.
  bool ended_leaves_at_times() const { return ended_leaves_at_times_; }
  // After end_superblock. Whether any data block is mapped by two of the leaves that
  // were written: where none is, no two leaves can be identical.
  bool maps_data_twice() const { return nr_leaf_mappings() > nr_mapped(); }
  // After end_superblock. In leaves that were written, and how many data blocks these map.
  std::uint64_t nr_leaf_mappings() const { return nr_leaf_mappings_; }
  std::uint64_t nr_mapped() const { return roots_.data_space_map.nr_allocated; }

 private:
  pool_builder(block_device* device, metadata_block nr_blocks, metadata_block limit,
               pool_build_options options);

  void note_time(const mapping_run& mappings);
  metadata_block write_mapping_leaf(const entry_list& entries, std::size_t first,
                                    std::size_t count);

  block_device* device_;
  metadata_block nr_blocks_;  // of the device, as far as the format can use it
  pool_build_options options_;
  block_writer out_;
  ref_counts metadata_counts_;
  std::unique_ptr<block_tally> data_counts_;
  std::uint64_t nr_leaf_mappings_ = 0;  // in leaves that were written
  node_store store_;
  shared_nodes known_leaves_;
  leaf_chain leaf_chain_;
  internal_nodes known_internals_;
  def_store defs_;
  bool in_def_ = false;
  tree_builder top_level_;
  tree_builder details_;
  std::unique_ptr<tree_builder> mappings_;  // of the open device
  std::optional<metadata_block> empty_leaf_;
  // The last mappings of the open device that have one time.
  std::uint32_t last_time_ = 0;
  std::uint64_t nr_of_last_time_ = 0;
  bool ended_leaves_at_times_ = false;
  device_id device_id_ = 0;
  stream_superblock pool_;
  new_pool_roots roots_;
};

}  // namespace pdata
