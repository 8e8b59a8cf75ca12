#include "thin-tools/repair/hole_filler.h"

#include <algorithm>

namespace thin_tools {

using pdata::key_range;
using pdata::node_index;

hole_filler::hole_filler(mapping_forest& forest, std::vector<orphan> orphans) : forest_(forest) {
  for (const auto& each : orphans) {
    const auto tree = forest_.below(each.root);
    if (tree.empty || tree.in_progress) continue;
    candidates_.push_back({each, {tree.first_key, tree.last_key}, {}, tree.height});
  }
}

void hole_filler::add_hole(const hole& found) {
  const auto [at, is_new] = holes_.try_emplace(found.id, open_hole{found.keys, found.height, {}});
  if (is_new) return;
  at->second.keys = intersect(at->second.keys, found.keys);
  at->second.height = std::max(at->second.height, found.height);
}

// The range of a candidate is closed: its end is the last key.
bool hole_filler::fits(const candidate& subtree, const open_hole& place) {
  if (!place.keys.contains(subtree.keys.begin) || !place.keys.contains(*subtree.keys.end))
    return false;
  return place.height < 0 || subtree.height < place.height;
}

bool hole_filler::excluded(const candidate& subtree, const hole_id& place) const {
  const auto location = forest_.graph().node(subtree.what.root).location;
  return std::ranges::any_of(evidence_,
                             [&](const auto* known) { return known->excluded(place, location); });
}

bool hole_filler::collides(const candidate& subtree, const open_hole& place) {
  const auto after = place.taken.upper_bound(*subtree.keys.end);
  return after != place.taken.begin() && std::prev(after)->second >= subtree.keys.begin;
}

// Of subtrees of one height that claim the same keys none is believed.
void hole_filler::contest(std::vector<candidate*>& claims) {
  std::ranges::sort(claims, {},
                    [](const candidate* c) { return std::pair(-c->height, c->keys.begin); });
  candidate* reaches_furthest = nullptr;
  for (auto* claim : claims) {
    if (reaches_furthest != nullptr && reaches_furthest->height == claim->height &&
        claim->keys.begin <= *reaches_furthest->keys.end)
      claim->contested = reaches_furthest->contested = true;
    if (reaches_furthest == nullptr || reaches_furthest->height != claim->height ||
        *claim->keys.end > *reaches_furthest->keys.end)
      reaches_furthest = claim;
  }
}

bool hole_filler::place_certain_ones() {
  std::map<hole_id, std::vector<candidate*>> claims;
  for (auto& each : candidates_) {
    if (each.placed || each.contested) continue;
    std::erase_if(each.places, [&](const hole_id& id) { return collides(each, holes_.at(id)); });
    if (each.places.empty() || each.places.size() != each.what.nr_missing) continue;
    for (const auto& id : each.places) claims[id].push_back(&each);
  }
  for (auto& [id, same_place] : claims) contest(same_place);
  bool progress = false;
  for (auto& each : candidates_) {
    if (each.placed || each.contested || each.places.size() != each.what.nr_missing) continue;
    const auto taken = [&](const hole_id& id) { return collides(each, holes_.at(id)); };
    if (each.places.empty() || std::ranges::any_of(each.places, taken)) continue;
    for (const auto& id : each.places) {
      auto& place = holes_.at(id);
      place.grafts.push_back(each.what.root);
      place.taken[each.keys.begin] = *each.keys.end;
    }
    each.placed = true;
    progress = true;
  }
  return progress;
}

std::vector<orphan> hole_filler::fill() {
  // The tallest first: what they cover is taken.
  std::ranges::stable_sort(candidates_, std::greater{}, &candidate::height);
  for (auto& each : candidates_)
    for (const auto& [id, place] : holes_)
      if (fits(each, place) && !excluded(each, id)) each.places.push_back(id);
  while (place_certain_ones()) {
  }
  for (auto& [id, place] : holes_)
    if (!place.grafts.empty()) forest_.graft(id, std::move(place.grafts));
  std::vector<orphan> left;
  for (const auto& each : candidates_)
    if (!each.placed) left.push_back(each.what);
  return left;
}

}  // namespace thin_tools
