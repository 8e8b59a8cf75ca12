#include "sim/explore/survivor.h"

#include <algorithm>
#include <mutex>

namespace sim::explore {

survivor_ptr survivor_cache::look_up(const hash128& key, const chosen_metadata& metadata,
                                     const pool_geometry& geometry) const {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return nullptr;
  for (const auto& e : found->second) {
    const auto agrees = [&](const survivor::read_block& r) {
      return metadata.at(r.location)->hash == r.hash;
    };
    if (e.geometry == geometry && std::ranges::all_of(e.what->read, agrees)) return e.what;
  }
  return nullptr;
}

survivor_cache::answer survivor_cache::find(const chosen_metadata& metadata,
                                            const pool_geometry& geometry) {
  const hash128 key = metadata.at(0)->hash;
  {
    const std::shared_lock lock(mutex_);
    if (auto known = look_up(key, metadata, geometry)) return {std::move(known), false};
  }
  auto made = std::make_shared<const survivor>(bring_up(metadata, geometry));
  const std::unique_lock lock(mutex_);
  // Another thread may have been faster.
  if (auto known = look_up(key, metadata, geometry)) return {std::move(known), false};
  ++nr_brought_up_;
  if (nr_entries_ >= most_) {
    entries_.clear();
    nr_entries_ = 0;
  }
  entries_[key].push_back({geometry, made});
  ++nr_entries_;
  return {std::move(made), true};
}

}  // namespace sim::explore
