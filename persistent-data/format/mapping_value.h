// The leaf value of a device's mapping tree: data block and time in 64 bits
// (Linux 6.1 dm-thin-metadata.c, pack_block_time).
#pragma once

#include <cstdint>

#include "persistent-data/base/ids.h"

namespace pdata {

inline constexpr std::uint32_t mapping_value_bytes = 8;
inline constexpr int mapping_time_bits = 24;
inline constexpr std::uint64_t mapping_time_max = (std::uint64_t{1} << mapping_time_bits) - 1;
inline constexpr data_block mapping_block_max = (std::uint64_t{1} << (64 - mapping_time_bits)) - 1;

struct mapping {
  data_block block = 0;
  std::uint32_t time = 0;  // pool time when the mapping was inserted

  friend bool operator==(const mapping&, const mapping&) = default;
};

constexpr mapping unpack_mapping(std::uint64_t value) {
  return {value >> mapping_time_bits, static_cast<std::uint32_t>(value & mapping_time_max)};
}

// Like the kernel, does not mask a time of 2^24 or more: it then spills into
// the block number. Writers of new metadata refuse such times beforehand.
constexpr std::uint64_t pack_mapping(mapping m) { return m.block << mapping_time_bits | m.time; }

}  // namespace pdata
