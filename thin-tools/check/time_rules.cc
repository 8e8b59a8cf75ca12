#include "thin-tools/check/time_rules.h"

#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/memory_room.h"
#include "persistent-data/format/damage_catalogue.h"
#include "persistent-data/format/mapping_value.h"
#include "thin-tools/check/device_trees.h"
#include "thin-tools/check/finding_list.h"

namespace thin_tools {

using namespace pdata;

namespace {

// No sound tree needs more: a damaged image could keep devices coming to light for long.
constexpr std::uint64_t propagation_steps_max = std::uint64_t{1} << 26;

// Mappings have no higher time.
constexpr auto time_limit = static_cast<std::uint32_t>(mapping_time_max) + 1;

std::vector<std::uint32_t> snapshot_times_of(const device_view& view) {
  std::vector<std::uint32_t> times;
  auto details = view.details.begin();
  for (const auto& [id, root] : view.roots) {
    while (details != view.details.end() && details->first < id) ++details;
    const bool known = details != view.details.end() && details->first == id;
    times.push_back(known ? std::min(details->second.snapshotted_time, time_limit) : time_limit);
  }
  return times;
}

}  // namespace

time_rules::time_rules(const device_view& view, counted what, metadata_block nr_metadata_blocks,
                       ref_counts& data_counts)
    : view_(view),
      alone_(what == counted::this_view),
      data_counts_(data_counts),
      snapshot_times_(snapshot_times_of(view)),
      all_new_(std::ranges::all_of(snapshot_times_, [](auto time) { return time == 0; })),
      devices_(nr_metadata_blocks),
      newest_(std::make_unique_for_overwrite<std::uint32_t[]>(pdata::to_room(nr_metadata_blocks))),
      limit_(std::make_unique_for_overwrite<std::uint32_t[]>(pdata::to_room(nr_metadata_blocks))),
      new_blocks_(data_counts.nr_blocks()),
      seen_(data_counts.nr_blocks()),
      repeated_(data_counts.nr_blocks()),
      unsafe_(data_counts.nr_blocks()) {
  for (std::uint32_t i = 0; i < view_.roots.size(); ++i)
    if (view_.roots[i].second < nr_metadata_blocks) join(view_.roots[i].second, {i, false});
  late_.clear();  // roots have no edges yet
}

time_rules::devices_above time_rules::above(metadata_block location) const {
  const auto packed = devices_.get(location);
  if (packed == none) return {};
  return {packed >> 1, (packed & 1) != 0};
}

// True if that changed what was known of a node.
bool time_rules::join(metadata_block location, devices_above with) {
  if (with.device == none) return false;
  const auto before = above(location);
  auto after = with;
  if (before.device != none) {
    const bool lower = snapshot_time(before.device) <= snapshot_time(with.device);
    after.device = lower ? before.device : with.device;
    after.several = before.several || with.several || before.device != with.device;
  }
  if (after.device == before.device && after.several == before.several) return false;
  devices_.set(location, after.device << 1 | static_cast<std::uint32_t>(after.several));
  return true;
}

void time_rules::add_edge(metadata_block parent, metadata_block child) {
  const bool known = devices_.get(child) != none;
  if (join(child, above(parent)) && known) late_.push_back(child);
}

void time_rules::visit(metadata_block leaf, const node_view& node, std::uint32_t newest) {
  const auto limit = snapshot_time(above(leaf).device);
  newest_[pdata::to_size(leaf)] = newest;
  limit_[pdata::to_size(leaf)] = limit;
  if (!alone_ && limit != none) mark_blocks(node, limit, visit_is::first);
}

// Where only the view's trees are read, a leaf that was not late has marked its own.
void time_rules::mark_blocks(const node_view& leaf, std::uint32_t limit, visit_is now) {
  for (std::uint32_t i = 0; i < leaf.nr_entries(); ++i) {
    const auto [block, time] = unpack_mapping(leaf.value_u64(i));
    if (block >= data_counts_.nr_blocks()) continue;
    if (alone_) {
      if (time >= limit) data_counts_.mark(block);
      continue;
    }
    if (time >= limit) new_blocks_.set(block);
    if (now == visit_is::first && seen_.set(block)) repeated_.set(block);
  }
}

template <class Visit>
void time_rules::for_each_leaf(const tree_graph& mappings, Visit visit) const {
  for (node_index i = 0; i < mappings.nr_nodes(); ++i) {
    const auto& node = mappings.node(i);
    if (node.state == node_state::leaf) visit(node.location, above(node.location));
  }
}

void time_rules::propagate(const tree_graph& mappings) {
  std::uint64_t steps = 0;
  while (!late_.empty()) {
    const auto location = late_.back();
    late_.pop_back();
    const auto index = mappings.find(location);
    if (!index || mappings.node(*index).state != node_state::internal) continue;
    const auto& node = mappings.node(*index);
    const auto devices = above(location);
    for (std::uint32_t slot = 0; slot < node.nr_entries; ++slot) {
      if (++steps > propagation_steps_max) return;
      const auto child = mappings.child(node, slot);
      if (child < mappings.nr_blocks() && join(child, devices)) late_.push_back(child);
    }
  }
}

namespace {

// `leaves` were good when they were read; one that is not any more is passed over.
template <class Visit>
void read_again(batch_reader& reader, std::vector<metadata_block> leaves, Visit visit) {
  std::ranges::sort(leaves);
  reader.read(leaves, [&](const read_block& block) {
    const auto outcome = tree_graph::examine(block, mapping_tree_shape);
    const auto* node = std::get_if<node_view>(&outcome);
    if (node != nullptr && node->is_leaf()) visit(block.location, *node);
  });
}

}  // namespace

// Leaves that were visited before the device with the lowest snapshot time was known.
void time_rules::visit_late(batch_reader& reader, const tree_graph& mappings) {
  std::vector<metadata_block> leaves;
  for_each_leaf(mappings, [&](metadata_block location, const devices_above& devices) {
    if (snapshot_time(devices.device) < limit_[pdata::to_size(location)])
      leaves.push_back(location);
  });
  read_again(reader, std::move(leaves), [&](metadata_block location, const node_view& leaf) {
    const auto now =
        limit_[pdata::to_size(location)] == none ? visit_is::first : visit_is::repeated;
    mark_blocks(leaf, snapshot_time(above(location).device), now);
  });
}

void time_rules::find_unsafe_blocks() {
  const auto add = [&](data_block block) {
    unsafe_.set(block);
    any_unsafe_ = true;
  };
  if (!alone_) {
    repeated_.for_each([&](data_block block) {
      if (new_blocks_.get(block)) add(block);
    });
  } else if (all_new_) {
    data_counts_.for_each_repeated(add);
  } else {
    data_counts_.for_each_marked_repeated(add);
  }
}

void time_rules::count_unsafe(const node_view& leaf, const devices_above& devices) {
  const auto limit = snapshot_time(devices.device);
  unsafe_mappings found;
  for (std::uint32_t i = 0; i < leaf.nr_entries(); ++i) {
    const auto [block, time] = unpack_mapping(leaf.value_u64(i));
    if (time < limit || block >= data_counts_.nr_blocks()) continue;
    if (!devices.several && !unsafe_.get(block)) continue;
    ++found.count;
    found.newest = std::max(found.newest, time);
  }
  if (found.count == 0) return;
  const std::lock_guard lock(mutex_);
  auto& sum = unsafe_mappings_[devices.device];
  sum.count += found.count;
  sum.newest = std::max(sum.newest, found.newest);
}

safe_times time_rules::judge(batch_reader& reader, const tree_graph& mappings,
                             finding_list& findings) {
  propagate(mappings);
  visit_late(reader, mappings);
  find_unsafe_blocks();
  std::map<std::uint32_t, std::uint32_t> ahead;  // newest mapping, by device
  std::vector<metadata_block> suspects;
  for_each_leaf(mappings, [&](metadata_block location, const devices_above& devices) {
    if (devices.device == none) return;
    const auto newest = newest_[pdata::to_size(location)];
    if (newest > view_.time) {
      auto& known = ahead[devices.device];
      known = std::max(known, newest);
    }
    const bool in_place = newest >= snapshot_time(devices.device);
    if (in_place && (devices.several || any_unsafe_)) suspects.push_back(location);
  });
  read_again(reader, std::move(suspects), [&](metadata_block location, const node_view& leaf) {
    count_unsafe(leaf, above(location));
  });
  const auto add = [&](damage_id id, std::uint32_t device, std::uint64_t expected,
                       std::uint64_t actual) {
    findings.found({.id = id,
                    .where = structure::mapping_tree,
                    .in_snapshot = view_.of == which_metadata::snapshot,
                    .device = view_.roots[device].first,
                    .expected = expected,
                    .actual = actual});
  };
  safe_times safe;
  for (const auto& [device, newest] : ahead) {
    add(damage_id::mapping_times, device, view_.time, newest);
    safe.newest_mapping = std::max(safe.newest_mapping, newest);
  }
  for (const auto& [device, unsafe] : unsafe_mappings_) {
    add(damage_id::shared_block_times, device, snapshot_times_[device], unsafe.count);
    safe.snapshot_times[view_.roots[device].first] = unsafe.newest + 1;
  }
  return safe;
}

}  // namespace thin_tools
