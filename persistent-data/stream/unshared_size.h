// How large a pool becomes whose devices share nothing: what a rehearsal of pool_builder.h
// without options says, found without building a tree.
#pragma once

#include <memory>
#include <optional>

#include "persistent-data/io/block_writer.h"
#include "persistent-data/space-map/block_tally.h"
#include "persistent-data/stream/metadata_stream.h"

namespace pdata {

// A sink for a stream without defs. Throws error where that rehearsal would.
class unshared_size : public metadata_sink {
 public:
  // For a device of so many blocks.
  explicit unshared_size(metadata_block nr_blocks);

  void begin_superblock(const stream_superblock& superblock) override;
  void end_superblock() override;
  void begin_def(const std::string& name) override;
  void end_def() override {}
  void begin_device(device_id, const device_details&) override { nr_mappings_ = 0; }
  void end_device() override;
  void run(const mapping_run& mappings) override;
  bool runs(std::span<const mapping_run> all) override;
  void ref(const std::string& name) override;

  // After end_superblock.
  metadata_block blocks_needed() const { return blocks_needed_; }
  // After end_superblock. Whether any data block is mapped twice: where none is, devices
  // have nothing in common.
  bool maps_data_twice() const { return maps_data_twice_; }

 private:
  metadata_block nr_blocks_;
  block_writer room_;
  std::unique_ptr<block_tally> data_counts_;
  std::uint64_t nr_devices_ = 0;
  std::uint64_t nr_mappings_ = 0;      // of the open device
  std::uint64_t nr_all_mappings_ = 0;  // of all devices
  metadata_block nr_nodes_ = 0;
  std::uint32_t nr_empty_devices_ = 0;
  metadata_block blocks_needed_ = 0;
  bool maps_data_twice_ = false;
};

}  // namespace pdata
