// Metadata that does not begin where its device does: the device was taken for a partition
// of it, or the other way round, or something was put in front.
#pragma once

#include <cstdint>
#include <optional>

#include "persistent-data/io/block_device.h"

namespace pdata {

inline constexpr std::uint64_t metadata_offset_max = std::uint64_t{1} << 20;  // bytes

// By how many bytes, a multiple of 512: where a superblock or, where that is lost, blocks
// that name their places prove it, and none proves that it begins at the beginning.
std::optional<std::uint64_t> find_metadata_offset(block_device& device);

}  // namespace pdata
