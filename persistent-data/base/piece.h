// A stream that is handed on piece by piece: whether one more comes.
#pragma once

#include <cstdint>

namespace pdata {

enum class piece : std::uint8_t { more_follow, last };

}  // namespace pdata
