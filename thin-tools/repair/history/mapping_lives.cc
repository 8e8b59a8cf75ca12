#include "thin-tools/repair/history/mapping_lives.h"

#include <algorithm>
#include <unordered_map>

#include "persistent-data/format/mapping_value.h"
#include "thin-tools/repair/history/tree_difference.h"

namespace thin_tools {

using pdata::metadata_block;

namespace {

constexpr std::size_t taken_away_max = std::size_t{1} << 17;

metadata_block root_of(const whole_state& state, pdata::device_id id) {
  const auto found = state.pool.top.roots.find(id);
  return found == state.pool.top.roots.end() ? metadata_block(0) : found->second;
}

}  // namespace

bool mapping_lives::go_on(const whole_state& from, const whole_state& to) {
  std::set<pdata::device_id> ids;
  for (const auto* state : {&from, &to})
    for (const auto& [id, root] : state->pool.top.roots) ids.insert(id);
  std::unordered_map<pdata::data_block, std::uint64_t> keys_before;
  std::vector<range_mapping> made;
  for (const auto id : ids) {
    const auto difference = difference_between(device_, root_of(from, id), root_of(to, id));
    const auto before = read_leaves(device_, difference.nodes[0], nr_left_);
    const auto after = read_leaves(device_, difference.nodes[1], nr_left_);
    if (!before.complete || !after.complete) return true;
    for (const auto& [key, value] : before.values) {
      keys_before.emplace(pdata::unpack_mapping(value).block, key);
      const auto now = after.values.find(key);
      if (root_of(to, id) == 0 || (now != after.values.end() && now->second == value)) continue;
      if (nr_taken_away_ == taken_away_max) continue;
      nr_taken_away_ += taken_away_[id].emplace(key, value).second;
    }
    for (const auto& entry : after.values) made.push_back(entry);
  }
  return std::ranges::all_of(made, [&](const range_mapping& mapping) {
    const auto before = keys_before.find(pdata::unpack_mapping(mapping.second).block);
    return before == keys_before.end() || before->second == mapping.first;
  });
}

bool mapping_lives::came_back(const whole_state& last) {
  return std::ranges::any_of(taken_away_, [&](const auto& entry) {
    const auto nodes = difference_between(device_, 0, root_of(last, entry.first)).nodes[1];
    const auto now = read_leaves(device_, nodes, nr_left_).values;
    return std::ranges::any_of(now, [&](const auto& mapping) {
      return entry.second.contains({mapping.first, mapping.second});
    });
  });
}

}  // namespace thin_tools
