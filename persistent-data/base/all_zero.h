// Blocks and parts of volumes that hold nothing.
#pragma once

#include <cstddef>
#include <span>

namespace pdata {

// True of no bytes, too.
bool all_zero(std::span<const std::byte> bytes);

}  // namespace pdata
