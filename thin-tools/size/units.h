// Sizes as people write them: "64k", "1TiB", "128", "2gigabytes".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace thin_tools {

struct size_unit {
  std::string_view letter;  // "k"
  std::string_view name;    // "kibibyte"; plural with an s
  std::uint64_t bytes;
};

// The unit of a letter, of a name or of the beginning of a name. Lower case
// letters are binary, upper case ones decimal ("k", "K"); "KiB" is binary, "kB"
// decimal; "b" bytes, "s" sectors. None: no such unit, or one too large for
// 64-bit sizes in bytes.
std::optional<size_unit> find_unit(std::string_view text);

inline constexpr size_unit sectors{"s", "sector", 512};

// A whole number with a unit, or with `plain` where it has none, in bytes.
// None: not a number, no such unit, more than 64 bits.
std::optional<std::uint64_t> parse_size(std::string_view text, const size_unit& plain);

// A number of bytes in a unit: whole numbers without decimals, others with two;
// what would show as 0.00 in full.
std::string format_size(std::uint64_t bytes, const size_unit& unit);

}  // namespace thin_tools
