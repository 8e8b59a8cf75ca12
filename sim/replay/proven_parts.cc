#include "sim/replay/proven_parts.h"

#include <algorithm>

#include "persistent-data/base/require.h"

namespace sim::replay {

bool proven_parts::still_holds(const proof& known, const std::vector<mapping>& mappings) const {
  return known.mappings == mappings && std::ranges::all_of(mappings, [&](const mapping& m) {
           return writes_.last_write(m.second) <= known.round;
         });
}

void proven_parts::add_leaf(const written_map::leaf_pointer& leaf, sector first) {
  const auto begin = first / block_sectors_;
  const auto last = (first + written_map::leaf_sectors - 1) / block_sectors_;
  // A large block has several leaves.
  while (next_mapping_ != 0 && mappings_[next_mapping_ - 1].first >= begin) --next_mapping_;
  while (next_mapping_ != mappings_.size() && mappings_[next_mapping_].first < begin)
    ++next_mapping_;
  device_leaf here{first, false, {leaf, {}, writes_.now()}};
  for (; next_mapping_ != mappings_.size() && mappings_[next_mapping_].first <= last;
       ++next_mapping_)
    here.found.mappings.push_back(mappings_[next_mapping_]);
  const auto known = known_.find(leaf.get());
  here.is_proven = known != known_.end() && still_holds(known->second, here.found.mappings);
  leaves_.push_back(std::move(here));
}

bool proven_parts::is_proven(sector first, sector count) const {
  const sector end = first + count;
  auto leaf = std::ranges::upper_bound(leaves_, first, {}, &device_leaf::first);
  REQUIRE(leaf != leaves_.begin());
  for (--leaf; leaf != leaves_.end() && leaf->first < end; ++leaf)
    if (!leaf->is_proven) return false;
  return true;
}

// What no device must hold any more is forgotten.
void proven_parts::end_device() {
  for (auto& leaf : leaves_)
    if (!leaf.is_proven) known_.insert_or_assign(leaf.found.leaf.get(), std::move(leaf.found));
  leaves_.clear();
  std::erase_if(known_, [](const auto& entry) { return entry.second.leaf.use_count() == 1; });
  writes_.next_round();
}

}  // namespace sim::replay
