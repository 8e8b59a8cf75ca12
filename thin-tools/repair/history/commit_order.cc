#include "thin-tools/repair/history/commit_order.h"

#include <algorithm>

#include "persistent-data/format/mapping_value.h"
#include "thin-tools/repair/history/tree_difference.h"

namespace thin_tools {

using pdata::metadata_block;

namespace {

constexpr std::size_t leaves_max = std::size_t{1} << 16;  // that are read of two states
constexpr std::size_t origins_max = 64;                   // of a new device, that are tried

struct common_mappings {
  bool any = false;
  bool contradict = false;  // made anew without a snapshot in between
};

common_mappings in_common(const leaf_entries& before, const leaf_entries& after) {
  common_mappings found;
  for (const auto& [key, value] : before.values) {
    const auto now = after.values.find(key);
    if (now == after.values.end()) continue;
    if (now->second == value)
      found.any = true;
    else if (pdata::unpack_mapping(now->second).time <= pdata::unpack_mapping(value).time)
      found.contradict = true;
  }
  return found;
}

bool takes_back_a_node(const node_set& new_nodes, const block_set& before) {
  return std::ranges::any_of(new_nodes, [&](metadata_block b) { return before[b]; });
}

bool takes_back_a_time(const leaf_entries& before, const leaf_entries& after,
                       std::uint32_t newest_before) {
  return std::ranges::any_of(after.values, [&](const auto& entry) {
    const auto& [key, value] = entry;
    if (pdata::unpack_mapping(value).time >= newest_before) return false;
    const auto had = before.values.find(key);
    return had == before.values.end() || had->second != value;
  });
}

// Nodes between two neighbours below one parent, by the neighbours.
using flanked_nodes = std::map<std::pair<metadata_block, metadata_block>, metadata_block>;

flanked_nodes nodes_between_neighbours(const device_scan& device, const node_set& nodes) {
  flanked_nodes found;
  for (const auto parent : nodes) {
    const auto children = device.children.of(parent);
    for (std::size_t i = 1; i + 1 < children.size(); ++i)
      if (nodes.contains(children[i]) && !nodes.contains(children[i - 1]) &&
          !nodes.contains(children[i + 1]))
        found.emplace(std::pair(children[i - 1], children[i + 1]), children[i]);
  }
  return found;
}

// A key of a leaf below the node is not in `after`.
bool lost_a_key(const device_scan& device, metadata_block node, const leaf_entries& before,
                const leaf_entries& after) {
  std::vector<metadata_block> open{node};
  while (!open.empty()) {
    const auto b = open.back();
    open.pop_back();
    for (const auto child : device.children.of(b)) open.push_back(child);
    const auto leaf = before.keys.find(b);  // of others nothing is gone
    if (leaf == before.keys.end()) continue;
    if (std::ranges::any_of(leaf->second, [&](auto key) { return !after.values.contains(key); }))
      return true;
  }
  return false;
}

bool removes_between_old_nodes(const device_scan& device, const node_set& nodes_before,
                               const node_set& nodes_after, const leaf_entries& before,
                               const leaf_entries& after) {
  const auto then = nodes_between_neighbours(device, nodes_before);
  const auto now = nodes_between_neighbours(device, nodes_after);
  return std::ranges::any_of(then, [&](const auto& entry) {
    const auto& [neighbours, node] = entry;
    return now.contains(neighbours) && lost_a_key(device, node, before, after);
  });
}

std::uint32_t newest_time_of(const details_table& table) {
  std::uint32_t newest = 0;
  for (const auto& [id, device] : table.devices)
    newest = std::max({newest, device.creation_time, device.snapshotted_time});
  return newest;
}

bool is_same_device(const pdata::device_details& a, const pdata::device_details& b) {
  return a.creation_time == b.creation_time && a.transaction_id == b.transaction_id;
}

const pdata::device_details* details_of(const pool_state& state, pdata::device_id id) {
  const auto found = state.details.devices.find(id);
  return found == state.details.devices.end() ? nullptr : &found->second;
}

// The tree of a device that was not yet there before begins with nodes of one device.
bool has_no_origin(const device_scan& device, metadata_block root, const whole_state& before) {
  const auto& roots = before.pool.top.roots;
  if (roots.size() > origins_max) return false;
  if (!takes_back_a_node(difference_between(device, 0, root).nodes[1], before.own)) return false;
  return std::ranges::none_of(roots, [&](const auto& origin) {
    return !takes_back_a_node(difference_between(device, origin.second, root).nodes[1], before.own);
  });
}

class comparison {
 public:
  comparison(const device_scan& device, const whole_state& first, const whole_state& second)
      : device_(device), states_{&first, &second} {}

  compared_states run() {
    const auto& [first, second] = states_;
    found_.first_before_second.devices = contradicts_order(first->pool, second->pool);
    found_.second_before_first.devices = contradicts_order(second->pool, first->pool);
    found_.same_mappings = has_same_devices();
    for (const auto& [id, root] : states_[0]->pool.top.roots) compare_device(id, root);
    for (int before = 0; before < 2; ++before) look_for_origins(before);
    found_.second_continues = in_common_ && !contradict_;
    return found_;
  }

 private:
  order_evidence& against(int before) {
    return before == 0 ? found_.first_before_second : found_.second_before_first;
  }

  bool has_same_devices() const {
    return std::ranges::equal(
        states_[0]->pool.top.roots, states_[1]->pool.top.roots, {},
        [](const auto& e) { return e.first; }, [](const auto& e) { return e.first; });
  }

  void compare_device(pdata::device_id id, metadata_block first_root) {
    const auto other = states_[1]->pool.top.roots.find(id);
    if (other == states_[1]->pool.top.roots.end() || other->second == first_root) return;
    const auto difference = difference_between(device_, first_root, other->second);
    const leaf_entries entries[2] = {read_leaves(device_, difference.nodes[0], nr_left_),
                                     read_leaves(device_, difference.nodes[1], nr_left_)};
    const bool complete = entries[0].complete && entries[1].complete;
    found_.same_mappings =
        found_.same_mappings && complete && entries[0].values == entries[1].values;
    const auto* first = details_of(states_[0]->pool, id);
    const auto* second = details_of(states_[1]->pool, id);
    if (first == nullptr || second == nullptr || !is_same_device(*first, *second)) return;
    const auto common = in_common(entries[0], entries[1]);
    in_common_ = in_common_ || common.any;
    contradict_ = contradict_ || !complete || common.contradict;
    for (int before = 0; before < 2; ++before) {
      const int after = 1 - before;
      auto& evidence = against(before);
      evidence.node =
          evidence.node || takes_back_a_node(difference.nodes[after], states_[before]->own);
      if (!complete) continue;
      evidence.time =
          evidence.time || takes_back_a_time(entries[before], entries[after],
                                             newest_time_of(states_[before]->pool.details));
      evidence.removal =
          evidence.removal ||
          removes_between_old_nodes(device_, difference.nodes[before], difference.nodes[after],
                                    entries[before], entries[after]);
    }
  }

  void look_for_origins(int before) {
    for (const auto& [id, root] : states_[1 - before]->pool.top.roots) {
      const auto* then = details_of(states_[before]->pool, id);
      const auto* now = details_of(states_[1 - before]->pool, id);
      if (then != nullptr && now != nullptr && is_same_device(*then, *now)) continue;
      auto& evidence = against(before);
      evidence.node = evidence.node || has_no_origin(device_, root, *states_[before]);
    }
  }

  const device_scan& device_;
  const whole_state* states_[2];
  compared_states found_;
  bool in_common_ = false;
  bool contradict_ = false;
  std::size_t nr_left_ = leaves_max;
};

}  // namespace

compared_states compare_commits(const device_scan& device, const whole_state& first,
                                const whole_state& second) {
  auto found = comparison(device, first, second).run();
  if (first.own.shares_with(second.own)) return found;
  if (!first.own.has_any_below(second.index)) found.first_before_second = {};
  if (!second.own.has_any_below(first.index)) found.second_before_first = {};
  return found;
}

}  // namespace thin_tools
