// Copies the data of one thin device out of a pool that is not active: from the
// metadata's mappings and the data device to a file or another device.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "persistent-data/format/damage.h"
#include "persistent-data/io/batch_reader.h"
#include "persistent-data/stream/stream_spool.h"
#include "persistent-data/survey/pool_layout.h"
#include "thin-tools/files/data_device.h"
#include "thin-tools/files/volume_survey.h"

namespace thin_tools {

// What a thin device holds, by its mappings. They are read once: what is copied
// later is what was read here.
struct volume_contents : volume_survey {
  std::unique_ptr<pdata::stream_spool> mappings = std::make_unique<pdata::stream_spool>();
};

// Walks the mappings of a device without touching data. Throws error if the
// metadata does not know the device.
volume_contents read_contents(pdata::batch_reader& reader, const pdata::pool_layout& layout,
                              pdata::device_id device);

using extract_progress = std::function<void(std::uint64_t done_blocks, std::uint64_t total_blocks)>;

struct extract_summary {
  std::uint64_t bytes_copied = 0;
  std::uint64_t bytes_of_zeroes = 0;  // of mapped blocks; left as holes in a file
};

// Copies what is mapped; everything else reads as zeroes, and what is mapped beyond
// `size_bytes` is left out. A file is made anew, sparse, and appears when it is whole; a
// block device must be large enough. Durable on return. Throws error where data cannot
// be read or written: a block device then holds a part. Requires a data device that
// has all mapped blocks.
extract_summary extract_volume(const volume_contents& contents, std::uint64_t block_bytes,
                               const data_device& data, const pass& output,
                               std::uint64_t size_bytes, const extract_progress& progress);

}  // namespace thin_tools
