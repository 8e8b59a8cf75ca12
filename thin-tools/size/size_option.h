// Options whose values are sizes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "thin-tools/console/command_line.h"
#include "thin-tools/size/units.h"

namespace thin_tools {

// A size in bytes; a number without a unit is in `plain`. Throws usage_error for
// what is no size.
std::uint64_t size_or_throw(std::string_view option, std::string_view text, const size_unit& plain);

// A size in sectors, which is also the unit of numbers without one. Throws
// usage_error for what is no size or not whole sectors.
std::uint64_t sectors_or_throw(std::string_view option, std::string_view text);

// The value of the option, if it is given.
std::optional<std::uint64_t> sectors_option(const command_line& line, std::string_view option);

}  // namespace thin_tools
