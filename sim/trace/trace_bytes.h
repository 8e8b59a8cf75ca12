// Integers of binary trace records, in either byte order. Traces are recorded
// in the order of the machine, which need not be this one.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "persistent-data/base/require.h"

namespace sim::trace {

// Requires that the field lies inside the bytes: record sizes are constants.
template <class T>
T load_field(std::span<const std::byte> record, std::size_t offset, std::endian order) {
  REQUIRE(offset <= record.size() && sizeof(T) <= record.size() - offset);
  T value;
  std::memcpy(&value, record.data() + offset, sizeof(T));
  if (order == std::endian::native) return value;
  if constexpr (sizeof(T) == 2) return __builtin_bswap16(value);
  if constexpr (sizeof(T) == 4) return __builtin_bswap32(value);
  if constexpr (sizeof(T) == 8) return __builtin_bswap64(value);
}

}  // namespace sim::trace
