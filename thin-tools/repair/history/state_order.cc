#include "thin-tools/repair/history/state_order.h"

#include <algorithm>

namespace thin_tools {

using pdata::device_details;

namespace {

struct evidence_of_age {
  bool first_is_older = false;
  bool second_is_older = false;
};

// The least that the pool's time and transaction id can have been.
device_details newest_of(const details_table& table) {
  device_details newest;
  for (const auto& [id, device] : table.devices) {
    newest.creation_time =
        std::max({newest.creation_time, device.creation_time, device.snapshotted_time});
    newest.transaction_id = std::max(newest.transaction_id, device.transaction_id);
  }
  return newest;
}

// Ids are given again: what was created later tells the later state.
void compare_device(const device_details& a, const device_details& b, evidence_of_age& found) {
  const auto judge = [&](std::uint64_t first, std::uint64_t second) {
    found.first_is_older = found.first_is_older || first < second;
    found.second_is_older = found.second_is_older || second < first;
  };
  judge(a.transaction_id, b.transaction_id);
  judge(a.creation_time, b.creation_time);
  if (a.transaction_id == b.transaction_id && a.creation_time == b.creation_time)
    judge(a.snapshotted_time, b.snapshotted_time);
}

evidence_of_age compare_common(const details_table& a, const details_table& b) {
  evidence_of_age found;
  for (const auto& [id, device] : a.devices)
    if (const auto other = b.devices.find(id); other != b.devices.end())
      compare_device(device, other->second, found);
  return found;
}

// True if a device that only `has` knows cannot have been created after `lacks`.
bool was_deleted_before(const details_table& has, const details_table& lacks) {
  const auto newest = newest_of(lacks);
  return std::ranges::any_of(has.devices, [&](const auto& entry) {
    const auto& [id, device] = entry;
    return !lacks.devices.contains(id) && (device.creation_time < newest.creation_time ||
                                           device.transaction_id < newest.transaction_id);
  });
}

evidence_of_age evidence_of(const pool_state& a, const pool_state& b) {
  auto found = compare_common(a.details, b.details);
  found.first_is_older = found.first_is_older || was_deleted_before(a.details, b.details);
  found.second_is_older = found.second_is_older || was_deleted_before(b.details, a.details);
  return found;
}

}  // namespace

pool_state read_state(const device_scan& device, const root_pair& roots) {
  return {roots, *device.small_trees.top_level_at(roots.mapping_root),
          *device.small_trees.details_at(roots.details_root)};
}

bool maps_nothing(const pool_state& state) {
  return std::ranges::all_of(state.details.devices,
                             [](const auto& e) { return e.second.mapped_blocks == 0; });
}

state_order compare_states(const pool_state& a, const pool_state& b) {
  if (a.top.damaged() || a.details.damaged() || b.top.damaged() || b.details.damaged())
    return state_order::unknown;
  if (a.top.roots == b.top.roots && a.details.devices == b.details.devices)
    return state_order::same;
  const auto found = evidence_of(a, b);
  if (found.first_is_older == found.second_is_older) return state_order::unknown;
  return found.first_is_older ? state_order::older : state_order::newer;
}

bool contradicts_order(const pool_state& earlier, const pool_state& later) {
  if (earlier.details.damaged() || later.details.damaged()) return false;
  return evidence_of(earlier, later).second_is_older;
}

bool has_younger_device(const details_table& first, const details_table& second) {
  return compare_common(first, second).second_is_older;
}

bool has_younger_or_other_device(const details_table& first, const details_table& second) {
  return has_younger_device(first, second) ||
         std::ranges::any_of(first.devices,
                             [&](const auto& e) { return !second.devices.contains(e.first); });
}

std::vector<std::size_t> possibly_last(const std::vector<pool_state>& states) {
  std::vector<std::size_t> last;
  for (std::size_t i = 0; i < states.size(); ++i) {
    bool superseded = false;
    for (std::size_t j = 0; j < states.size() && !superseded; ++j) {
      if (i == j) continue;
      const auto order = compare_states(states[i], states[j]);
      superseded = order == state_order::older || (order == state_order::same && j < i);
    }
    if (!superseded) last.push_back(i);
  }
  return last;
}

}  // namespace thin_tools
