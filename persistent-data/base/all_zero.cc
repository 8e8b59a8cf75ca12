#include "persistent-data/base/all_zero.h"

#include <cstring>

namespace pdata {

bool all_zero(std::span<const std::byte> bytes) {
  if (bytes.empty()) return true;
  // Each byte is the one before, and the first is zero.
  return bytes[0] == std::byte{0} &&
         std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

}  // namespace pdata
