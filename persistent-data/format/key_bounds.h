// Where a search in a B-tree node begins: what its parent says of its keys.
#pragma once

#include <algorithm>
#include <cstdint>

#include "persistent-data/format/node_layout.h"

namespace pdata {

// Where the keys of a node are expected: at or above the one and below the other, which is what
// its parent says of them. A search begins there. Only for nodes whose keys ascend; what they
// are does not depend on it.
struct key_bounds {
  std::uint64_t low = 0;
  std::uint64_t end = 0;  // not above low: nothing is known

  bool have(std::uint64_t key) const { return key >= low && key < end; }
};

// Where among `count` keys one is expected that the bounds have: they lie about evenly. Below
// count.
inline std::uint32_t expected_index(std::uint64_t key, const key_bounds& bounds,
                                    std::uint32_t count) {
  const double part =
      static_cast<double>(key - bounds.low) / static_cast<double>(bounds.end - bounds.low);
  return std::min(count - 1, static_cast<std::uint32_t>(part * static_cast<double>(count)));
}

// Fetches into the processor's cache what a search in a node of about so many entries begins
// with, before the node itself is looked at.
inline void prefetch_search(const std::byte* node, std::uint64_t key, const key_bounds& bounds,
                            std::uint32_t count) {
  constexpr std::size_t line_bytes = 64;
  __builtin_prefetch(node);
  if (count == 0 || !bounds.have(key)) return;
  const std::byte* const at =
      node + node_header_bytes + expected_index(key, bounds, count) * node_key_bytes;
  __builtin_prefetch(at);
  __builtin_prefetch(at - line_bytes);
  __builtin_prefetch(at + line_bytes);
}

}  // namespace pdata
