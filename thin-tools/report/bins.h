// Numbers from 0 up, counted in few bins of equal width.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "thin-tools/report/pool_picture.h"

namespace thin_tools::report {

inline constexpr std::uint64_t bins_max = 32;

// Bins of equal width from 0 to `highest`.
inline std::vector<time_bin> bins_up_to(std::uint64_t highest) {
  const auto width = highest / bins_max + 1;
  std::vector<time_bin> bins;
  for (std::uint64_t i = 0; i <= highest / width; ++i)
    bins.push_back({i * width, std::min(highest, i * width + (width - 1)), 0});
  return bins;
}

inline std::size_t bin_of(std::uint64_t number, std::uint64_t highest) {
  return static_cast<std::size_t>(number / (highest / bins_max + 1));
}

}  // namespace thin_tools::report
