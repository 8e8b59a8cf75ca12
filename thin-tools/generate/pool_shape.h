// Large pools of a given shape as metadata streams: devices with scattered
// mappings of their own, and mappings that all of them share as snapshots do. The
// stream depends on the shape alone.
#pragma once

#include <cstdint>
#include <optional>

#include "persistent-data/stream/metadata_stream.h"

namespace thin_tools {

struct pool_shape {
  std::uint64_t nr_devices = 8;
  std::uint64_t own = 1000000;   // mappings of each device alone
  std::uint64_t shared = 0;      // mappings that all devices have
  std::uint64_t run_length = 1;  // mean; 1: all scattered
  std::uint64_t seed = 1;
  std::uint32_t data_block_size = 128;          // sectors
  std::optional<std::uint64_t> nr_data_blocks;  // none: as many as are needed
};

// Throws error if the shape needs more data blocks than it has, or than metadata
// can describe.
void stream_shape(const pool_shape& shape, pdata::metadata_sink& to);

}  // namespace thin_tools
