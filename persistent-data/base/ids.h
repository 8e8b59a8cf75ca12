// The numbers that the format counts in. They are plain 64-bit integers with
// names that say the unit; a function that takes two of them names both.
#pragma once

#include <cstdint>

namespace pdata {

using metadata_block = std::uint64_t;  // 4096-byte block of the metadata device
using data_block = std::uint64_t;      // block of the data device, in units of the data block size
using thin_block = std::uint64_t;      // virtual block of a thin device, same unit
using device_id = std::uint64_t;       // thin device id; a key of the top level tree
using sector = std::uint64_t;          // 512 bytes

inline constexpr std::uint64_t sector_bytes = 512;

}  // namespace pdata
