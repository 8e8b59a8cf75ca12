// A half-open range of B-tree keys. The end is optional: a range without one
// reaches to the largest key.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

namespace pdata {

struct key_range {
  std::uint64_t begin = 0;
  std::optional<std::uint64_t> end;  // exclusive; none: unbounded

  bool contains(std::uint64_t key) const { return key >= begin && (!end || key < *end); }
  bool empty() const { return end && *end <= begin; }

  friend bool operator==(const key_range&, const key_range&) = default;
};

// The part of `a` that is also in `b`.
inline key_range intersect(const key_range& a, const key_range& b) {
  key_range both{std::max(a.begin, b.begin), a.end};
  if (b.end && (!both.end || *b.end < *both.end)) both.end = b.end;
  return both;
}

}  // namespace pdata
