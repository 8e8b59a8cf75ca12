// Bytes in less memory: metadata are tables of 64-bit numbers most of which are small, or
// grow slowly. Eight of them at a time are kept with as many bytes each as the largest
// needs, as they are or as steps from one to the next. Exact for any bytes, and at most
// one part in 64 longer.
#pragma once

#include <cstddef>
#include <span>

namespace sim {

// The longest that so many bytes become, and the room that packing needs.
constexpr std::size_t packed_size_max(std::size_t bytes) { return bytes + bytes / 64 + 8; }

// Returns the packed size. Requires a multiple of 64 bytes, and packed_size_max() of them in
// `to`.
std::size_t pack_words(std::span<const std::byte> bytes, std::span<std::byte> to);

// `to` has the size that was packed.
void unpack_words(std::span<const std::byte> packed, std::span<std::byte> to);

}  // namespace sim
