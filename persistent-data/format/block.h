// The unit of everything: a 4096-byte metadata block.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace pdata {

inline constexpr std::size_t block_size = 4096;
inline constexpr std::uint64_t block_sectors = block_size / 512;

using block_view = std::span<const std::byte, block_size>;
using block_span = std::span<std::byte, block_size>;

// A buffer that direct I/O accepts.
struct alignas(block_size) block_buffer {
  std::array<std::byte, block_size> bytes{};

  block_view view() const { return block_view(bytes); }
  block_span span() { return block_span(bytes); }
};

}  // namespace pdata
