#include "persistent-data/format/field_table.h"

#include <cstring>

#include "persistent-data/base/require.h"
#include "persistent-data/format/little_endian.h"

namespace pdata {

std::uint64_t load_field(std::span<const std::byte> structure, const field& which) {
  REQUIRE(which.size <= 8 && which.offset + std::size_t{which.size} <= structure.size());
  std::uint64_t value = 0;
  std::memcpy(&value, structure.data() + which.offset, which.size);
  return as_little_endian(value);
}

void store_field(std::span<std::byte> structure, const field& which, std::uint64_t value) {
  REQUIRE(which.size <= 8 && which.offset + std::size_t{which.size} <= structure.size());
  value = as_little_endian(value);
  std::memcpy(structure.data() + which.offset, &value, which.size);
}

}  // namespace pdata
