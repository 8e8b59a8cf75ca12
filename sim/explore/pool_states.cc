#include "sim/explore/pool_states.h"

#include <algorithm>
#include <random>

#include "persistent-data/base/checked_math.h"

namespace sim::explore {

void pool_states::take(const pool_geometry& geometry, const block_choice& chosen) {
  auto [what, is_new] = cache_.find(chosen_metadata(of_, chosen), geometry);
  nr_brought_up_ += is_new ? 1 : 0;
  states_.push_back({std::move(what), chosen});
}

// The blocks that are read and were written since the last flush hold each of
// their contents in turn; those before them stay as chosen. False: too many.
bool pool_states::branch(const pool_geometry& geometry, block_choice& chosen,
                         std::set<metadata_block>& fixed) {
  if (states_.size() >= options_.max_states) return false;
  take(geometry, chosen);
  const auto what = states_.back().what;
  std::vector<metadata_block> fixed_here;
  bool is_all = true;
  for (const auto& [location, _] : what->read) {
    if (!is_all) break;
    if (!of_.has_unflushed(location) || !fixed.insert(location).second) continue;
    fixed_here.push_back(location);
    const auto contents = of_.alternatives(location, options_.max_states, is_all);
    for (std::size_t i = 1; i < contents.size() && is_all; ++i) {
      chosen[location] = contents[i];
      is_all = branch(geometry, chosen, fixed);
    }
    chosen.erase(location);
  }
  for (const auto location : fixed_here) fixed.erase(location);
  return is_all;
}

// Too many to try all: none, all, each alone, all but one, every prefix, then
// writes and torn blocks at random.
void pool_states::choose(const pool_geometry& geometry) {
  const auto& writes = of_.unflushed();
  const auto n = writes.size();
  const auto take_if = [&](auto&& survives) {
    if (states_.size() >= options_.max_states) return;
    block_choice chosen;
    for (std::size_t i = 0; i < n; ++i)
      if (survives(i)) chosen[writes[i].block] = writes[i].what;
    take(geometry, chosen);
  };
  take_if([](std::size_t) { return false; });
  take_if([](std::size_t) { return true; });
  for (std::size_t one = 0; one < n; ++one) take_if([&](std::size_t i) { return i == one; });
  for (std::size_t one = 0; one < n; ++one) take_if([&](std::size_t i) { return i != one; });
  for (std::size_t end = 2; end < n; ++end) take_if([&](std::size_t i) { return i < end; });
  std::mt19937_64 random(options_.seed);
  std::set<metadata_block> blocks;
  for (const auto& w : writes) blocks.insert(w.block);
  while (states_.size() < options_.max_states) {
    block_choice chosen;
    for (const auto block : blocks) {
      bool is_all = true;
      const auto contents = of_.alternatives(block, options_.max_states, is_all);
      chosen[block] = contents[pdata::to_size(random() % contents.size())];
    }
    take(geometry, chosen);
  }
}

const std::vector<pool_state>& pool_states::all(const pool_geometry& geometry) {
  if (version_ == of_.version() && geometry_ == geometry) return states_;
  states_.clear();
  block_choice chosen;
  std::set<metadata_block> fixed;
  exhaustive_ = branch(geometry, chosen, fixed);
  if (!exhaustive_) {
    states_.clear();
    choose(geometry);
  }
  version_ = of_.version();
  geometry_ = geometry;
  return states_;
}

}  // namespace sim::explore
