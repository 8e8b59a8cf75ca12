// Which of the subtrees that lost their parents may stand below which damaged nodes:
// what placement_solver.h narrows down. "Below a hole" means: below the node that is
// damaged there, with nothing readable in between.
#pragma once

#include <limits>
#include <vector>

#include "thin-tools/repair/trees/device_trees.h"
#include "thin-tools/repair/placement/placement_evidence.h"

namespace thin_tools {

struct lost_subtree {
  pdata::node_index root = 0;
  std::uint64_t first_key = 0;
  std::uint64_t last_key = 0;
  int height = 0;
  std::uint32_t nr_missing = 0;  // references; it stands below so many holes at least
  bool exact = false;            // and below no more than that
  std::uint64_t nr_values = 0;   // that can be read
  std::uint64_t nr_unread = 0;   // at most so many more are below damaged nodes in it
};

struct open_hole {
  hole_id id;
  pdata::key_range keys;  // common to all that lead here
  int height = -1;        // of the node that should be here; -1: unknown
};

// What the damaged nodes of one tree hold together. By its details a device has an
// exact number of mappings; what cannot be read makes `least` smaller.
struct tree_budget {
  std::vector<std::uint32_t> holes;
  std::uint64_t least = 0;
  std::uint64_t most = 0;
};

enum class placement : std::uint8_t { possible, certain, impossible };

struct claim {
  std::uint32_t hole = 0;
  placement is = placement::possible;
};

inline constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();
inline std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) {
  return a > no_limit - b ? no_limit : a + b;
}

struct placements {
  std::vector<open_hole> holes;
  std::vector<lost_subtree> subtrees;
  std::vector<tree_budget> budgets;
  std::vector<std::vector<claim>> claims;  // by subtree; ascending holes
  // No damaged node has lost a parent itself: all that stands below a hole can be read.
  bool closed = false;

  bool fits(const lost_subtree& subtree, const open_hole& hole) const;
  // Never both below one hole with nothing readable in between.
  bool exclude_each_other(const lost_subtree& a, const lost_subtree& b) const;

  // Every hole whose keys and height a subtree fits becomes a claim, unless other
  // evidence rules it out. A subtree that fits too many holes gets no claim:
  // nothing would follow for it.
  void find_claims(const mapping_forest& forest,
                   const std::vector<const placement_evidence*>& evidence);
};

}  // namespace thin_tools
