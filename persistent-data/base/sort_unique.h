// Lists as sets: sorted, and everything once.
#pragma once

#include <algorithm>
#include <vector>

namespace pdata {

template <class T>
void sort_unique(std::vector<T>& list) {
  std::ranges::sort(list);
  const auto repeated = std::ranges::unique(list);
  list.erase(repeated.begin(), repeated.end());
}

}  // namespace pdata
