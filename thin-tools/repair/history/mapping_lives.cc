#include "thin-tools/repair/history/mapping_lives.h"

#include <algorithm>
#include <unordered_map>

#include "persistent-data/format/mapping_value.h"
#include "thin-tools/repair/history/tree_difference.h"

namespace thin_tools {

using pdata::metadata_block;

namespace {

constexpr std::size_t taken_away_max = std::size_t{1} << 17;
constexpr std::size_t made_max = std::size_t{1} << 17;

metadata_block root_of(const whole_state& state, pdata::device_id id) {
  const auto found = state.pool.top.roots.find(id);
  return found == state.pool.top.roots.end() ? metadata_block(0) : found->second;
}

}  // namespace

// What the commit made of a device, and what is left of that which earlier ones had made of it.
void mapping_lives::note_changes(pdata::device_id id, const leaf_entries& before,
                                 const leaf_entries& after) {
  auto& changes = changes_[id];
  const auto keeps = [](const leaf_entries& entries, const range_mapping& mapping) {
    const auto found = entries.values.find(mapping.first);
    return found != entries.values.end() && found->second == mapping.second;
  };
  for (const auto& mapping : before.values) {
    if (keeps(after, mapping)) continue;
    took_nothing_away_ = false;
    if (const auto made = changes.made.find(mapping); made != changes.made.end()) {
      --commits_[made->second].nr_made;
      changes.made.erase(made);
      undone_.insert(mapping);
    }
    if (nr_taken_away_ < taken_away_max)
      nr_taken_away_ += changes.taken_away.insert(mapping).second;
  }
  auto& own = commits_.back();
  for (const auto& mapping : after.values) {
    if (keeps(before, mapping)) continue;
    if (nr_made_ == made_max) {
      own.made_more = true;
      break;
    }
    ++nr_made_;
    ++own.nr_made;
    changes.made.emplace(mapping, commits_.size() - 1);
  }
}

// A snapshot has what its origin had: by which commit that was made stays as it is.
void mapping_lives::note_new_device(pdata::device_id id, const leaf_entries& after) {
  if (after.values.empty()) return;
  commits_.back().new_device = id;
  std::map<range_mapping, std::size_t> copied;
  for (const auto& mapping : after.values)
    for (const auto& [other, changes] : changes_) {
      const auto made = changes.made.find(mapping);
      if (made != changes.made.end() && nr_made_ < made_max)
        nr_made_ += copied.emplace(mapping, made->second).second;
    }
  for (const auto& [mapping, by] : copied) ++commits_[by].nr_made;
  changes_[id].made = std::move(copied);
}

void mapping_lives::forget_deleted_devices(const whole_state& now) {
  for (auto& each : commits_)
    if (each.new_device && root_of(now, *each.new_device) == 0) each.new_device.reset();
  for (auto& [id, changes] : changes_) {
    if (root_of(now, id) != 0) continue;
    for (const auto& [mapping, by] : changes.made) --commits_[by].nr_made;
    changes.made.clear();
  }
}

bool mapping_lives::is_left_of(const commit& made, const whole_state& before,
                               const whole_state& now) const {
  if (made.nr_made != 0) return true;
  if (!made.new_device || twins_ == twins::possible) return false;
  const auto then = before.pool.details.devices.find(*made.new_device);
  const auto same = now.pool.details.devices.find(*made.new_device);
  return then != before.pool.details.devices.end() && same != now.pool.details.devices.end() &&
         then->second.creation_time == same->second.creation_time &&
         then->second.transaction_id == same->second.transaction_id;
}

std::optional<std::size_t> mapping_lives::last_that_made() const {
  for (auto i = commits_.size(); i-- > 0;)
    if (commits_[i].is_left()) return i;
  return std::nullopt;
}

bool mapping_lives::go_on(const whole_state& from, const whole_state& to) {
  undone_.clear();
  // Whoever deleted a device gave up what it had.
  if (twins_ == twins::excluded) forget_deleted_devices(to);
  const auto last_before = last_that_made();
  commits_.emplace_back();
  std::set<pdata::device_id> ids;
  for (const auto* state : {&from, &to})
    for (const auto& [id, root] : state->pool.top.roots) ids.insert(id);
  std::unordered_map<pdata::data_block, std::uint64_t> keys_before;
  std::vector<range_mapping> made;
  bool complete = true;
  took_nothing_away_ = true;
  for (const auto id : ids) {
    const auto difference = difference_between(device_, root_of(from, id), root_of(to, id));
    const auto before = read_leaves(device_, difference.nodes[0], nr_left_);
    const auto after = read_leaves(device_, difference.nodes[1], nr_left_);
    complete = before.complete && after.complete;
    if (!complete) break;
    for (const auto& [key, value] : before.values)
      keys_before.emplace(pdata::unpack_mapping(value).block, key);
    for (const auto& entry : after.values) made.push_back(entry);
    if (root_of(from, id) == 0)
      note_new_device(id, after);
    else
      note_changes(id, before, after);
  }
  if (!complete) {
    took_nothing_away_ = left_of_last_made_ = false;
    commits_.back().made_more = true;
    return true;
  }
  left_of_last_made_ = last_before && is_left_of(commits_[*last_before], from, to);
  forget_deleted_devices(to);
  return std::ranges::all_of(made, [&](const range_mapping& mapping) {
    const auto before = keys_before.find(pdata::unpack_mapping(mapping.second).block);
    return before == keys_before.end() || before->second == mapping.first;
  });
}

bool mapping_lives::has_undone(metadata_block leaf) {
  if (undone_.empty()) return false;
  const auto entries = read_leaves(device_, {leaf}, nr_left_).values;
  return std::ranges::any_of(entries,
                             [&](const auto& mapping) { return undone_.contains(mapping); });
}

bool mapping_lives::came_back(const whole_state& last) {
  return std::ranges::any_of(changes_, [&](const auto& entry) {
    const auto nodes = difference_between(device_, 0, root_of(last, entry.first)).nodes[1];
    const auto now = read_leaves(device_, nodes, nr_left_).values;
    return std::ranges::any_of(now, [&](const auto& mapping) {
      return entry.second.taken_away.contains({mapping.first, mapping.second});
    });
  });
}

}  // namespace thin_tools
