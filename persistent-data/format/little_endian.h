// Loads and stores of the on-disk integers, which are little endian. Offsets
// are the format's own constants or were checked by a parser, so a wrong one is
// a bug: the accessors assert that they stay inside the bytes given.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "persistent-data/base/numbered.h"
#include "persistent-data/base/require.h"

namespace pdata {

// Between the processor's order of bytes and the disk's; its own inverse.
template <std::unsigned_integral T>
constexpr T as_little_endian(T value) {
  if constexpr (std::endian::native == std::endian::little) {
    return value;
  } else {
    T swapped = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
      swapped = static_cast<T>(swapped << 8 | (value >> (8 * i) & 0xff));
    return swapped;
  }
}

template <class Kind>
constexpr numbered<Kind> as_little_endian(numbered<Kind> number) {
  return as_little_endian(number.value());
}

// For the innermost loops, where the caller has proved that the bytes are there.
template <class T>
T load_le_unchecked(const std::byte* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return as_little_endian(value);
}

template <class T>
void store_le_unchecked(std::byte* bytes, T value) {
  value = as_little_endian(value);
  std::memcpy(bytes, &value, sizeof(T));
}

template <class T>
T load_le(std::span<const std::byte> bytes, std::size_t offset) {
  REQUIRE(offset <= bytes.size() && sizeof(T) <= bytes.size() - offset);
  return load_le_unchecked<T>(bytes.data() + offset);
}

template <class T>
void store_le(std::span<std::byte> bytes, std::size_t offset, T value) {
  REQUIRE(offset <= bytes.size() && sizeof(T) <= bytes.size() - offset);
  store_le_unchecked(bytes.data() + offset, value);
}

}  // namespace pdata
