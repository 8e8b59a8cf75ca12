// Arithmetic on numbers that came from a device or a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "persistent-data/base/require.h"

namespace pdata {

constexpr std::optional<std::uint64_t> checked_add(std::uint64_t a, std::uint64_t b) {
  std::uint64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

constexpr std::optional<std::uint64_t> checked_mul(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

// Of what is in memory, so that it fits: where memory has 32 bits, more is a bug.
constexpr std::size_t to_size(std::uint64_t n) {
  if constexpr (sizeof(std::size_t) < sizeof n) REQUIRE(n <= SIZE_MAX);
  return static_cast<std::size_t>(n);
}

constexpr std::uint64_t div_up(std::uint64_t a, std::uint64_t b) { return a / b + (a % b != 0); }

}  // namespace pdata
