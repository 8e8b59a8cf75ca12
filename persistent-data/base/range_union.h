// Half-open ranges as the set of what they hold: ascending, and one where they overlap
// or touch. A range is whatever has `begin` and `end`.
#pragma once

#include <algorithm>
#include <vector>

namespace pdata {

// Requires ranges that ascend by their begin.
template <class Range>
void unite_sorted_ranges(std::vector<Range>& ranges) {
  std::size_t kept = 0;
  for (const auto& next : ranges) {
    if (kept > 0 && next.begin <= ranges[kept - 1].end)
      ranges[kept - 1].end = std::max(ranges[kept - 1].end, next.end);
    else
      ranges[kept++] = next;
  }
  ranges.resize(kept);
}

template <class Range>
void unite_ranges(std::vector<Range>& ranges) {
  std::ranges::sort(ranges, {}, &Range::begin);
  unite_sorted_ranges(ranges);
}

}  // namespace pdata
