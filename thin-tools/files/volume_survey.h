// The mappings of one thin device, walked once, and what they say of it: the data of a
// volume is read by them.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "persistent-data/format/damage.h"
#include "persistent-data/io/batch_reader.h"
#include "persistent-data/stream/metadata_stream.h"
#include "persistent-data/survey/pool_layout.h"

namespace thin_tools {

using run_visitor = std::function<void(const pdata::mapping_run&)>;

// Passes on the runs of a stream, and nothing else of it.
class run_sink : public pdata::metadata_sink {
 public:
  explicit run_sink(run_visitor take) : take_(std::move(take)) {}

  void begin_superblock(const pdata::stream_superblock&) override {}
  void end_superblock() override {}
  void begin_def(const std::string&) override {}
  void end_def() override {}
  void begin_device(pdata::device_id, const pdata::device_details&) override { ++nr_devices_; }
  void end_device() override {}
  void run(const pdata::mapping_run& mappings) override { take_(mappings); }
  void ref(const std::string&) override {}

  std::uint64_t nr_devices() const { return nr_devices_; }

 private:
  run_visitor take_;
  std::uint64_t nr_devices_ = 0;
};

// How far the mappings of a device reach.
struct volume_extent {
  std::uint64_t mapped_blocks = 0;
  pdata::thin_block end = 0;       // one past the highest mapped block
  pdata::data_block data_end = 0;  // one past the highest data block that it is mapped to

  void add(const pdata::mapping_run& run);
};

struct volume_survey : volume_extent {
  std::vector<pdata::damage> damage;  // with the virtual ranges that are lost
};

// Visits what can be read of a device's mappings, in order. Throws error if the metadata
// does not know the device.
volume_survey survey_volume(pdata::batch_reader& reader, const pdata::pool_layout& layout,
                            pdata::device_id device, const run_visitor& visit);

// The size of a volume that ends after its last mapped block, in bytes. Throws error if no
// file can be so large.
std::uint64_t mapped_bytes(const volume_extent& extent, std::uint64_t block_bytes);

}  // namespace thin_tools
