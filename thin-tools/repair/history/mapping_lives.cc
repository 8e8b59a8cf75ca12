#include "thin-tools/repair/history/mapping_lives.h"

#include <algorithm>
#include <unordered_map>

#include "persistent-data/format/mapping_value.h"
#include "thin-tools/repair/history/tree_difference.h"

namespace thin_tools {

using pdata::metadata_block;

namespace {

constexpr std::size_t taken_away_max = std::size_t{1} << 17;
constexpr std::size_t made_max = 256;  // of a device: one that is left is enough

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
  any_change_before_ = any_change_before_ || changes.nr_gone != 0 || !changes.made.empty();
  for (const auto& mapping : after.values)
    if (changes.taken_away.contains(mapping) && !keeps(before, mapping)) --changes.nr_gone;
  const bool all_made_known = changes.made.size() < made_max;
  for (const auto& mapping : before.values) {
    if (keeps(after, mapping)) continue;
    took_nothing_away_ = false;
    if (changes.made.erase(mapping) != 0)
      undone_.insert(mapping);
    else if (all_made_known)
      ++nr_older_taken_away_;
  }
  keeps_a_change_ = keeps_a_change_ || changes.nr_gone != 0 || !changes.made.empty();
  for (const auto& mapping : before.values) {
    if (keeps(after, mapping)) continue;
    const bool is_known = changes.taken_away.contains(mapping);
    if (!is_known && nr_taken_away_ == taken_away_max) continue;
    if (!is_known) nr_taken_away_ += changes.taken_away.insert(mapping).second;
    ++changes.nr_gone;
  }
  for (const auto& mapping : after.values)
    if (changes.made.size() < made_max && !keeps(before, mapping)) changes.made.insert(mapping);
}

bool mapping_lives::go_on(const whole_state& from, const whole_state& to) {
  took_nothing_away_ = keeps_a_change_ = any_change_before_ = false;
  undone_.clear();
  nr_older_taken_away_ = 0;
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
    // A new device may have been made by both of two machines.
    if (root_of(to, id) == 0)
      took_nothing_away_ = false;
    else if (root_of(from, id) != 0)
      note_changes(id, before, after);
  }
  if (!complete) {
    took_nothing_away_ = keeps_a_change_ = false;
    return true;
  }
  return std::ranges::all_of(made, [&](const range_mapping& mapping) {
    const auto before = keys_before.find(pdata::unpack_mapping(mapping.second).block);
    return before == keys_before.end() || before->second == mapping.first;
  });
}

bool mapping_lives::goes_on_for_certain() const {
  constexpr std::uint64_t older_for_each = 8;
  return took_nothing_away_ || keeps_a_change_ || !any_change_before_ ||
         nr_older_taken_away_ > undone_.size() * older_for_each;
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
