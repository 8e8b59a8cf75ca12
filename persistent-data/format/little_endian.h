// Loads and stores of the on-disk integers, which are little endian. Offsets
// are the format's own constants or were checked by a parser, so a wrong one is
// a bug: the accessors assert that they stay inside the bytes given.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "persistent-data/base/require.h"

namespace pdata {

static_assert(std::endian::native == std::endian::little,
              "the codecs copy integers as they are; a big-endian port swaps them here");

template <class T>
T load_le(std::span<const std::byte> bytes, std::size_t offset) {
  REQUIRE(offset <= bytes.size() && sizeof(T) <= bytes.size() - offset);
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

template <class T>
void store_le(std::span<std::byte> bytes, std::size_t offset, T value) {
  REQUIRE(offset <= bytes.size() && sizeof(T) <= bytes.size() - offset);
  std::memcpy(bytes.data() + offset, &value, sizeof(T));
}

}  // namespace pdata
