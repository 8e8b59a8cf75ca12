// The kernels whose behaviour is simulated: the versions that Debian ships.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sim {

// Ascending.
enum class kernel_version : std::uint8_t { linux_6_1, linux_6_12, linux_7_2, linux_7_3 };

std::optional<kernel_version> parse_kernel_version(std::string_view text);  // "6.12"
std::string_view to_string(kernel_version version);                         // "6.12"
std::string kernel_version_names();                                         // all, with commas

}  // namespace sim
