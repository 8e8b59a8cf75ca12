#include "thin-tools/repair/placement/problem.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace thin_tools {

namespace {

constexpr std::size_t claims_max = 256;                      // of one subtree
constexpr std::uint64_t looks_max = std::uint64_t{1} << 27;  // at pairs of hole and subtree

// Holes around a key that moves upwards, those that reach furthest first.
class holes_around {
 public:
  explicit holes_around(const std::vector<open_hole>& holes) : holes_(holes), order_(holes.size()) {
    std::iota(order_.begin(), order_.end(), 0U);
    std::ranges::stable_sort(order_, {}, [&](std::uint32_t h) { return holes[h].keys.begin; });
  }

  void move_to(std::uint64_t key) {
    for (; next_ < order_.size() && holes_[order_[next_]].keys.begin <= key; ++next_) {
      const auto last = last_key(order_[next_]);
      if (last && holes_[order_[next_]].height != 0) around_.insert({*last, order_[next_]});
    }
    while (!around_.empty() && around_.begin()->first < key) around_.erase(around_.begin());
  }

  // Holes of the keys from the present one to `last`, until visit returns false.
  template <class Visit>
  void for_each_up_to(std::uint64_t last, Visit visit) const {
    for (auto at = around_.rbegin(); at != around_.rend() && at->first >= last; ++at)
      if (!visit(at->second)) return;
  }

 private:
  std::optional<std::uint64_t> last_key(std::uint32_t hole) const {
    const auto& keys = holes_[hole].keys;
    if (keys.empty()) return std::nullopt;
    return keys.end ? *keys.end - 1 : no_limit;
  }

  const std::vector<open_hole>& holes_;
  std::vector<std::uint32_t> order_;
  std::size_t next_ = 0;
  std::set<std::pair<std::uint64_t, std::uint32_t>> around_;  // last key, hole
};

}  // namespace

bool placements::fits(const lost_subtree& subtree, const open_hole& hole) const {
  if (!hole.keys.contains(subtree.first_key) || !hole.keys.contains(subtree.last_key)) return false;
  if (hole.height < 0) return true;
  return closed ? subtree.height + 1 == hole.height : subtree.height < hole.height;
}

bool placements::exclude_each_other(const lost_subtree& a, const lost_subtree& b) const {
  if (closed && a.height != b.height) return true;  // siblings
  return a.first_key <= b.last_key && b.first_key <= a.last_key;
}

void placements::find_claims(const mapping_forest& forest,
                             const std::vector<const placement_evidence*>& evidence) {
  claims.assign(subtrees.size(), {});
  std::vector<std::uint32_t> order(subtrees.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, {}, [&](std::uint32_t s) { return subtrees[s].first_key; });
  holes_around around(holes);
  std::uint64_t nr_looks = 0;
  for (const auto s : order) {
    const auto& subtree = subtrees[s];
    const auto location = forest.graph().node(subtree.root).location;
    const auto excluded = [&](std::uint32_t h) {
      return std::ranges::any_of(
          evidence, [&](const auto* known) { return known->excluded(holes[h].id, location); });
    };
    bool too_many = false;
    around.move_to(subtree.first_key);
    around.for_each_up_to(subtree.last_key, [&](std::uint32_t h) {
      if (fits(subtree, holes[h]) && !excluded(h)) claims[s].push_back({h});
      too_many = ++nr_looks > looks_max || claims[s].size() > claims_max;
      return !too_many;
    });
    if (too_many) claims[s].clear();
    std::ranges::sort(claims[s], {}, &claim::hole);
  }
}

}  // namespace thin_tools
