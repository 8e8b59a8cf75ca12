// The numbers that the format counts in, each a type of its own: a function that takes
// a block of the data device does not take one of the metadata device.
#pragma once

#include <cstdint>

#include "persistent-data/base/numbered.h"

namespace pdata {

using metadata_block = numbered<struct metadata_block_kind>;  // 4096 bytes of the metadata device
using data_block =
    numbered<struct data_block_kind>;  // of the data device, of the pool's block size
using thin_block = numbered<struct thin_block_kind>;  // of a thin device, of the same size
using device_id = numbered<struct device_id_kind>;  // of a thin device; a key of the top level tree
using sector = numbered<struct sector_kind>;        // 512 bytes

inline constexpr std::uint64_t sector_bytes = 512;

}  // namespace pdata
