// Which of a number of things belong together.
#pragma once

#include <cstdint>
#include <numeric>
#include <vector>

namespace thin_tools::report {

class disjoint_sets {
 public:
  explicit disjoint_sets(std::size_t count) : parent_(count) {
    std::iota(parent_.begin(), parent_.end(), std::uint32_t{0});
  }

  // The lowest of the set.
  std::uint32_t find(std::uint32_t one) {
    while (parent_[one] != one) {
      parent_[one] = parent_[parent_[one]];
      one = parent_[one];
    }
    return one;
  }
  void unite(std::uint32_t a, std::uint32_t b) {
    a = find(a);
    b = find(b);
    if (a < b)
      parent_[b] = a;
    else
      parent_[a] = b;
  }
  void unite(disjoint_sets& other) {
    for (std::uint32_t i = 0; i < parent_.size(); ++i) unite(i, other.find(i));
  }

 private:
  std::vector<std::uint32_t> parent_;
};

}  // namespace thin_tools::report
