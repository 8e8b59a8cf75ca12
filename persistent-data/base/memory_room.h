// How much memory is asked for, by what a device or a file says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

namespace pdata {

// More than can be addressed, where memory has 32 bits, is refused as any request is that is
// too large.
constexpr std::size_t to_room(std::uint64_t n) {
  if constexpr (sizeof(std::size_t) < sizeof n) {
    if (n > SIZE_MAX) throw std::bad_alloc();
  }
  return static_cast<std::size_t>(n);
}

}  // namespace pdata
