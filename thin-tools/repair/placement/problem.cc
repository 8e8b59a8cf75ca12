#include "thin-tools/repair/placement/problem.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "persistent-data/base/checked_math.h"

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

using pdata::device_id;
using pdata::metadata_block;

// The devices that had the damaged node in the first state that had it; `age` is
// that of the last one without it.
const std::vector<device_id>& lineage_evidence::devices_with(const hole_id& place,
                                                             std::size_t age) const {
  const auto [at, is_new] = devices_.try_emplace(place);
  if (!is_new) return at->second;
  const auto key = keys_.at(place);
  if (age == 0) {
    for (const auto& [id, root] : top_.roots)
      if (tree_contains(forest_, root, key, place.location) == past_answer::yes)
        at->second.push_back(id);
  } else {
    const auto& first = *history_.back(age - 1);
    for (const auto& [id, root] : first.state().top.roots)
      if (first.contains(id, key, place.location) == past_answer::yes) at->second.push_back(id);
  }
  return at->second;
}

// The node was made by the commit after the state of that age, out of what its
// device had.
bool lineage_evidence::comes_from_elsewhere(const hole_id& place, metadata_block subtree,
                                            std::size_t age) const {
  const auto& before = *history_.back(age);
  const auto known = std::pair(subtree, age);
  auto origins = origins_.find(known);
  if (origins == origins_.end())
    origins =
        origins_.emplace(known, tree_origins(forest_, reader_, before, *forest_.good_node(subtree)))
            .first;
  return std::ranges::any_of(devices_with(place, age), [&](device_id id) {
    const auto nr_looks = origins->second.nr_old_things() + 1;
    if (!before.had(id) || nr_looks > nr_looks_left_) return false;
    nr_looks_left_ -= nr_looks;
    return !origins->second.may_come_from(before, id);
  });
}

bool lineage_evidence::excluded(const hole_id& place, metadata_block subtree) const {
  if (place.edge != 0 || !keys_.contains(place) || !forest_.good_node(subtree)) return false;
  for (std::size_t age = 0;; ++age) {
    const auto* state = history_.back(age);
    if (state == nullptr) return false;
    if (!state->live(place.location)) return comes_from_elsewhere(place, subtree, age);
    if (!state->live(subtree) || !state->state().orphaned[pdata::to_size(subtree)]) return true;
  }
}

}  // namespace thin_tools
