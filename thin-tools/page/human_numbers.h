// Numbers for people: 12,345 and 3.9 GiB and 1 h 05 min.
#pragma once

#include <cstdint>
#include <string>

namespace thin_tools::page {

std::string with_separators(std::uint64_t number);  // 12,345
std::string bytes_text(std::uint64_t bytes);        // 3.9 GiB
std::string time_text(std::uint64_t time_ns);       // 850 ms, 7.5 s, 12 min 30 s
std::string times_text(std::uint64_t count);        // once, 12 times
std::string short_number(double number);            // 12.3 k, 4 M: for axes
// At most `digits` decimals, without trailing zeros.
std::string decimals(double number, int digits);

}  // namespace thin_tools::page
