// Copies the data of one thin device out of a pool that is not active: from the
// metadata's mappings and the data device to a file or another device.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "persistent-data/format/damage.h"
#include "persistent-data/io/batch_reader.h"
#include "persistent-data/survey/pool_layout.h"
#include "thin-tools/files/data_device.h"

namespace thin_tools {

// What a thin device holds, by its mappings.
struct volume_contents {
  std::uint64_t mapped_blocks = 0;
  pdata::thin_block end = 0;          // one past the highest mapped block
  std::vector<pdata::damage> damage;  // with the virtual ranges that are lost
};

// Walks the mappings of a device without touching data. Throws error if the
// metadata does not know the device.
volume_contents survey_volume(pdata::batch_reader& reader, const pdata::pool_layout& layout,
                              pdata::device_id device);

struct extract_options {
  pdata::device_id device = 0;
  std::uint64_t size_bytes = 0;  // of the volume; mappings beyond it are left out
};

using extract_progress = std::function<void(std::uint64_t done_blocks, std::uint64_t total_blocks)>;

struct extract_summary {
  std::uint64_t bytes_copied = 0;
  std::uint64_t bytes_of_zeroes = 0;  // of mapped blocks; left as holes in a file
};

// Copies what is mapped and readable; everything else reads as zeroes. A file
// is created or replaced, and sparse; a block device must be large enough.
// Durable on return. Throws error where data cannot be read or written: what is
// in the output then is incomplete.
extract_summary extract_volume(pdata::batch_reader& reader, const pdata::pool_layout& layout,
                               const data_device& data, const std::string& output,
                               const extract_options& options, const extract_progress& progress);

}  // namespace thin_tools
