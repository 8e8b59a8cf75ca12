#include "thin-tools/repair/placement/lineage_evidence.h"

#include <algorithm>

namespace thin_tools {

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
    if (!state->live(subtree) || !state->state().orphaned[subtree]) return true;
  }
}

}  // namespace thin_tools
