// The stretches of keys in which the same ranges cover every key.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace thin_tools {

// Both ends included.
struct key_section {
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  friend auto operator<=>(const key_section&, const key_section&) = default;
};

// Visits the stretches that at least one range covers, in key order, with the indices of the
// ranges that cover them, in no order.
template <class Visit>
void for_each_section(std::span<const key_section> ranges, Visit visit) {
  std::vector<std::uint32_t> by_first;
  std::vector<std::uint64_t> points;
  for (std::uint32_t i = 0; i < ranges.size(); ++i) {
    by_first.push_back(i);
    points.push_back(ranges[i].first);
    if (ranges[i].last + 1 != 0) points.push_back(ranges[i].last + 1);
  }
  auto by_last = by_first;
  std::ranges::sort(by_first, {}, [&](std::uint32_t i) { return ranges[i].first; });
  std::ranges::sort(by_last, {}, [&](std::uint32_t i) { return ranges[i].last; });
  std::ranges::sort(points);
  const auto repeated = std::ranges::unique(points);
  points.erase(repeated.begin(), repeated.end());

  std::vector<std::uint32_t> active;
  std::vector<std::size_t> place(ranges.size());  // in active
  std::size_t next_first = 0;
  std::size_t next_last = 0;
  for (std::size_t p = 0; p < points.size(); ++p) {
    for (; next_last < by_last.size() && ranges[by_last[next_last]].last < points[p]; ++next_last) {
      const auto at = place[by_last[next_last]];
      active[at] = active.back();
      place[active[at]] = at;
      active.pop_back();
    }
    for (; next_first < by_first.size() && ranges[by_first[next_first]].first == points[p];
         ++next_first) {
      place[by_first[next_first]] = active.size();
      active.push_back(by_first[next_first]);
    }
    if (active.empty()) continue;
    const auto last = p + 1 < points.size() ? points[p + 1] - 1 : ~std::uint64_t{0};
    visit(key_section{points[p], last}, std::span<const std::uint32_t>(active));
  }
}

}  // namespace thin_tools
