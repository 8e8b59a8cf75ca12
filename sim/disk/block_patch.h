// What a metadata block differs from another one by: a node that is copied on write is like
// the one that it was copied from, but for a few words.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace sim {

inline constexpr std::size_t patched_bytes = 4096;

// Writes what makes `block` of `original`, and returns its size, 1 or more; none if that is
// larger than `to`.
std::optional<std::size_t> make_patch(std::span<const std::byte, patched_bytes> block,
                                      std::span<const std::byte, patched_bytes> original,
                                      std::span<std::byte> to);

// `block` holds the original, and then what the patch was made from.
void apply_patch(std::span<const std::byte> patch, std::span<std::byte, patched_bytes> block);

}  // namespace sim
