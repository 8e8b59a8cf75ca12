#include "sim/replay/proven_parts.h"

#include <algorithm>

#include "persistent-data/base/require.h"

namespace sim::replay {

bool proven_parts::still_holds(const proof& known, std::span<const mapping> mappings) const {
  return std::ranges::equal(known.mappings, mappings) &&
         std::ranges::all_of(mappings, [&](const mapping& m) {
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
  const auto mappings_begin = next_mapping_;
  while (next_mapping_ != mappings_.size() && mappings_[next_mapping_].first <= last)
    ++next_mapping_;
  const auto known = known_.find(leaf.get());
  const bool is_proven =
      known != known_.end() &&
      still_holds(known->second, mappings_.subspan(mappings_begin, next_mapping_ - mappings_begin));
  leaves_.push_back(
      {first, is_proven ? written_map::leaf_pointer() : leaf, mappings_begin, next_mapping_});
}

bool proven_parts::is_proven(sector first, sector count) const {
  const sector end = first + count;
  REQUIRE(!leaves_.empty() && leaves_.front().first <= first);
  if (leaves_[next_leaf_].first > first) next_leaf_ = 0;
  while (next_leaf_ + 1 < leaves_.size() && leaves_[next_leaf_ + 1].first <= first) ++next_leaf_;
  for (auto at = next_leaf_; at < leaves_.size() && leaves_[at].first < end; ++at)
    if (leaves_[at].leaf) return false;
  return true;
}

// What no device must hold any more. Looked for when a good part has been added, so that all
// the searches together cost little for each proof.
void proven_parts::forget_unused() {
  constexpr std::size_t few = 1024;
  if (known_.size() < forget_at_) return;
  std::erase_if(known_, [](const auto& entry) { return !entry.second.leaf.is_shared(); });
  forget_at_ = std::max(few, known_.size() + known_.size() / 4);
}

void proven_parts::end_device() {
  for (auto& here : leaves_) {
    if (!here.leaf) continue;
    const void* const address = here.leaf.get();
    known_.insert_or_assign(
        address, proof{std::move(here.leaf),
                       {mappings_.begin() + static_cast<std::ptrdiff_t>(here.mappings_begin),
                        mappings_.begin() + static_cast<std::ptrdiff_t>(here.mappings_end)},
                       writes_.now()});
  }
  leaves_.clear();
  forget_unused();
  writes_.next_round();
}

}  // namespace sim::replay
