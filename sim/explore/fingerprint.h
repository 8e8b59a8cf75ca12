// A 128-bit hash of what two states have to agree in to be one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "sim/disk/content.h"

namespace sim::explore {

struct hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend auto operator<=>(const hash128&, const hash128&) = default;
};

struct hash128_as_key {
  std::size_t operator()(const hash128& h) const { return static_cast<std::size_t>(h.low); }
};

// multiply_and_fold where there are no integers of 128 bits.
constexpr std::uint64_t multiply_and_fold_in_parts(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t half = UINT32_MAX;
  const std::uint64_t low = (a & half) * (b & half);
  const std::uint64_t first = (a >> 32) * (b & half) + (low >> 32);
  const std::uint64_t second = (a & half) * (b >> 32) + (first & half);
  const std::uint64_t high = (a >> 32) * (b >> 32) + (first >> 32) + (second >> 32);
  return (second << 32 | (low & half)) ^ high;
}

// The halves of the product, folded.
constexpr std::uint64_t multiply_and_fold(std::uint64_t a, std::uint64_t b) {
#ifdef __SIZEOF_INT128__
  __extension__ using product_t = unsigned __int128;
  const auto product = static_cast<product_t>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
#else
  return multiply_and_fold_in_parts(a, b);
#endif
}

class fingerprint {
 public:
  void add(std::uint64_t value) {
    low_ = mix(low_ ^ value, 0x9e3779b97f4a7c15U);
    high_ = mix(high_ + value, 0xd6e8feb86659fd93U) ^ low_;
  }
  void add(std::string_view text) { add(std::as_bytes(std::span(text.data(), text.size()))); }
  void add(std::span<const std::byte> bytes) {
    add(bytes.size());
    std::size_t at = 0;
    for (; at + 8 <= bytes.size(); at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + at, 8);
      add(word);
    }
    std::uint64_t rest = 0;
    if (at < bytes.size()) std::memcpy(&rest, bytes.data() + at, bytes.size() - at);
    add(rest);
  }
  void add(const hash128& other) {
    add(other.low);
    add(other.high);
  }
  void add(const content& what, sector count) {
    add(static_cast<std::uint64_t>(what.what()));
    if (what.what() == content::kind::stamp) {
      add(what.seed());
      add(what.stamped_sector());
    } else if (what.what() == content::kind::bytes) {
      for (sector n = 0; n < count; ++n) add(what.at(n).first_sector());
    }
  }
  hash128 value() const {
    return {mix(low_, 0xa0761d6478bd642fU), mix(high_, 0xe7037ed1a0b428dbU)};
  }

 private:
  static std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    return multiply_and_fold(a ^ 0x2545f4914f6cdd1dU, b);
  }

  std::uint64_t low_ = 0x243f6a8885a308d3U;
  std::uint64_t high_ = 0x13198a2e03707344U;
};

// Of a metadata block: many of them are hashed, so sixteen bytes at a time in two
// chains that do not wait for each other.
inline hash128 hash_of(std::span<const std::byte, 4096> bytes) {
  std::uint64_t low = 0x243f6a8885a308d3U;
  std::uint64_t high = 0x13198a2e03707344U;
  for (std::size_t at = 0; at < bytes.size(); at += 16) {
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    std::memcpy(&a, bytes.data() + at, 8);
    std::memcpy(&b, bytes.data() + at + 8, 8);
    low = multiply_and_fold(low ^ a ^ 0xa0761d6478bd642fU, b ^ 0xe7037ed1a0b428dbU);
    high = multiply_and_fold(high + a + 0x8ebc6af09c88c6e3U, b + 0x589965cc75374cc3U) + at;
  }
  return {multiply_and_fold(low ^ 0x1d8e4e27c47d124fU, 0x9e3779b97f4a7c15U),
          multiply_and_fold(high ^ 0xeb44accab455d165U, 0xd6e8feb86659fd93U)};
}

}  // namespace sim::explore
