// Which subtrees may stand below which damaged nodes, and what else is known of that.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <vector>

#include "persistent-data/base/sort_unique.h"
#include "thin-tools/repair/history/state_history.h"
#include "thin-tools/repair/scan/small_trees.h"
#include "thin-tools/repair/trees/device_trees.h"

namespace thin_tools {

// What else is known of where subtrees without a parent belong, beside their keys,
// heights and reference counts: for the filler of holes.

class placement_evidence {
 public:
  virtual ~placement_evidence() = default;

  // True if the subtree at that location was certainly nowhere below the node
  // that the hole has lost. Asked once for each pair that would fit otherwise.
  virtual bool excluded(const hole_id& place, pdata::metadata_block subtree) const = 0;
};

// The stretches of keys in which the same ranges cover every key.

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
  pdata::sort_unique(points);

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

// Which of the subtrees that lost their parents may stand below which damaged nodes:
// what propagation.h narrows down. "Below a hole" means: below the node that is
// damaged there, with nothing readable in between.

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

// What older states say of the children that a damaged node can have had. A node
// is never changed after the commit that made it: what came later is none of its
// children. What it took over from the state before was part of the tree of its
// device. And a subtree that had all its parents while the damaged node was there
// already is no child of it.

class lineage_evidence : public placement_evidence {
 public:
  // All must outlive it. `top` names the trees of the last state.
  lineage_evidence(const mapping_forest& forest, pdata::batch_reader& reader, const top_level& top,
                   state_history& history)
      : forest_(forest), reader_(reader), top_(top), history_(history) {}

  // Of a node that cannot be anywhere on the device no state says anything.
  void add_hole(const hole& found) {
    if (found.id.location < forest_.graph().nr_blocks())
      keys_.try_emplace(found.id, found.keys.begin);
  }

  bool excluded(const hole_id& place, pdata::metadata_block subtree) const override;

 private:
  const std::vector<pdata::device_id>& devices_with(const hole_id& place, std::size_t age) const;
  bool comes_from_elsewhere(const hole_id& place, pdata::metadata_block subtree,
                            std::size_t age) const;

  const mapping_forest& forest_;
  pdata::batch_reader& reader_;
  const top_level& top_;
  state_history& history_;
  std::map<hole_id, std::uint64_t> keys_;  // one that leads there
  // Old nodes and mappings that may still be looked for in trees.
  mutable std::uint64_t nr_looks_left_ = std::uint64_t{1} << 24;
  mutable std::map<hole_id, std::vector<pdata::device_id>> devices_;
  mutable std::map<std::pair<pdata::metadata_block, std::size_t>, tree_origins> origins_;
};

}  // namespace thin_tools
