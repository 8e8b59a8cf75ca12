// The leaf and child values that are one number: locations and roots, packed
// mappings (64 bits), overflow reference counts (32 bits). Little endian.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "persistent-data/format/little_endian.h"

namespace pdata {

inline std::array<std::byte, 8> encode_u64(std::uint64_t number) {
  std::array<std::byte, 8> value;
  store_le(value, 0, number);
  return value;
}

inline std::array<std::byte, 4> encode_u32(std::uint32_t number) {
  std::array<std::byte, 4> value;
  store_le(value, 0, number);
  return value;
}

// The value at the start of `bytes`, which must be long enough.
inline std::uint64_t decode_u64(std::span<const std::byte> bytes) {
  return load_le<std::uint64_t>(bytes, 0);
}

inline std::uint32_t decode_u32(std::span<const std::byte> bytes) {
  return load_le<std::uint32_t>(bytes, 0);
}

}  // namespace pdata
