#include "thin-tools/check/device_trees.h"

#include <algorithm>
#include <array>
#include <mutex>

#include "persistent-data/btree/leaf_stream.h"
#include "persistent-data/engine/pool.h"
#include "persistent-data/format/damage_catalogue.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/format/mapping_value.h"
#include "persistent-data/format/tree_value.h"

namespace thin_tools {

using namespace pdata;

namespace {

// Runs of bad entries that are told apart in one leaf; the last one takes in
// the rest.
constexpr std::size_t leaf_runs_max = 16;

// All entries of one tree of a graph whose damage is reported elsewhere.
template <class Visit>
void for_each_known_entry(batch_reader& reader, const tree_graph& graph, tree_judge& judge,
                          metadata_block root, Visit visit) {
  silent_sink known;
  for_each_entry(reader, graph, judge, root, {}, known, visit);
}

}  // namespace

device_trees::device_trees(batch_reader& reader, metadata_block nr_metadata_blocks,
                           std::uint64_t nr_data_blocks)
    : reader_(reader),
      nr_metadata_blocks_(nr_metadata_blocks),
      nr_data_blocks_(nr_data_blocks),
      data_counts_(nr_data_blocks),
      details_(reader, details_tree_shape, nr_metadata_blocks),
      top_level_(reader, top_level_tree_shape, nr_metadata_blocks),
      mappings_(reader, mapping_tree_shape, nr_metadata_blocks),
      details_judge_(details_),
      top_level_judge_(top_level_),
      mappings_judge_(mappings_) {}

void device_trees::take_devices(const std::vector<device_view>& views) {
  for (const auto& view : views)
    for (const auto& [id, root] : view.roots) device_roots_.push_back(root);
}

void device_trees::read_devices(std::vector<device_view>& views) {
  named_by_trees_ = true;
  std::vector<metadata_block> details_roots;
  std::vector<metadata_block> mapping_roots;
  for (const auto& view : views) {
    details_roots.push_back(view.details_root);
    mapping_roots.push_back(view.mapping_root);
  }
  const leaf_visitor nothing = [](const visited_leaf&) {};
  details_.add(details_roots, &nothing);

  // Each leaf holds one reference to a device's root, however many views share
  // the leaf.
  std::mutex mutex;
  const leaf_visitor collect = [&](const visited_leaf& leaf) {
    const std::lock_guard lock(mutex);
    for (std::uint32_t i = 0; i < leaf.node.nr_entries(); ++i)
      device_roots_.push_back(leaf.node.value_u64(i));
  };
  top_level_.add(mapping_roots, &collect);

  for (auto& view : views) {
    for_each_known_entry(reader_, details_, details_judge_, view.details_root,
                         [&](std::uint64_t key, auto value) {
                           view.details.emplace_back(key, device_details::load(value));
                         });
    for_each_known_entry(
        reader_, top_level_, top_level_judge_, view.mapping_root,
        [&](std::uint64_t key, auto value) { view.roots.emplace_back(key, decode_u64(value)); });
  }
}

void device_trees::read_mappings(const std::vector<device_view>& views) {
  times_ = std::make_unique<time_rules>(
      views.front(),
      views.size() == 1 ? time_rules::counted::this_view : time_rules::counted::several_views,
      nr_metadata_blocks_, data_counts_);
  mappings_.on_edge(
      [this](metadata_block parent, metadata_block child) { times_->add_edge(parent, child); });
  for (unsigned i = 0; i < reader_.nr_workers(); ++i) put_aside_.emplace_back(nr_data_blocks_);
  const leaf_visitor visit = [this](const visited_leaf& leaf) { visit_leaf(leaf); };
  mappings_.add(device_roots_, &visit);
  count_put_aside();
}

namespace {

auto counting(ref_counts& counts) {
  return [&counts](std::uint64_t first, std::span<const std::uint16_t> places) {
    counts.increment_places(first, places);
  };
}
auto marking(ref_counts& counts) {
  return [&counts](std::uint64_t first, std::span<const std::uint16_t> places) {
    counts.mark_places(first, places);
  };
}

}  // namespace

void device_trees::count_put_aside() {
  for (auto& blocks : put_aside_) {
    blocks.in_place.finish(marking(data_counts_));
    blocks.others.finish(counting(data_counts_));
  }
  put_aside_.clear();
}

void device_trees::visit_leaf(const visited_leaf& leaf) {
  const node_view node = leaf.node;
  const std::uint32_t nr_entries = node.nr_entries();
  const std::uint64_t nr_data_blocks = nr_data_blocks_;
  const auto in_place_from = times_->in_place_from(leaf.location);
  auto& [in_place, others] = put_aside_[leaf.worker];
  std::uint32_t nr_good = 0;
  std::uint32_t newest = 0;
  for (std::uint32_t i = 0; i < nr_entries; ++i) {
    const auto [block, time] = unpack_mapping(node.value_u64(i));
    newest = std::max(newest, time);
    if (block >= nr_data_blocks) continue;
    ++nr_good;
    if (time >= in_place_from)
      in_place.add(block, place_in_region(block), marking(data_counts_));
    else
      others.add(block, place_in_region(block), counting(data_counts_));
  }
  times_->visit(leaf.location, node, newest);
  if (nr_good != nr_entries) note_bad_entries(leaf);
}

void device_trees::note_bad_entries(const visited_leaf& leaf) {
  std::vector<leaf_fault> runs;
  bool in_run = false;
  for (std::uint32_t i = 0; i < leaf.node.nr_entries(); ++i) {
    const data_block block = unpack_mapping(leaf.node.value_u64(i)).block;
    const auto key = leaf.node.key(i);
    const bool bad = block >= nr_data_blocks_;
    const bool adjacent = in_run && runs.back().keys.end == key;
    if (bad && (adjacent || runs.size() == leaf_runs_max))
      runs.back().keys.end = key + 1;
    else if (bad)
      runs.push_back({{key, key + 1}, {damage_id::mapping_beyond_data, nr_data_blocks_, block}});
    in_run = bad;
  }
  for (const auto& run : runs) mappings_.add_leaf_fault(leaf.index, run);
}

void device_trees::count_nodes(ref_counts& metadata_counts) const {
  for (const auto* graph : {&details_, &top_level_, &mappings_})
    for (node_index i = 0; i < graph->nr_nodes(); ++i)
      metadata_counts.add(graph->node(i).location, graph->node(i).nr_refs);
}

void device_trees::judge(device_view& view, finding_list& findings, check_report& report) {
  if (named_by_trees_) {
    view.details_damaged =
        details_judge_.judge(view.details_root, std::nullopt, view.of, findings).damaged;
    view.roots_damaged =
        top_level_judge_.judge(view.mapping_root, std::nullopt, view.of, findings).damaged;
  }
  if (view.details_damaged || view.roots_damaged) complete_ = false;
  judge_devices(view, findings);
  if (times_) judge_mappings(view, findings, report);
}

// Both trees name the same devices. Of a damaged tree nothing is expected.
void device_trees::judge_devices(const device_view& view, finding_list& findings) {
  const auto add = [&](damage_id id, device_id device, std::uint64_t expected,
                       std::uint64_t actual) {
    findings.found({.id = id,
                    .where = id == damage_id::device_without_mappings ? structure::mapping_tree
                                                                      : structure::details_tree,
                    .in_snapshot = view.of == which_metadata::snapshot,
                    .device = device,
                    .expected = expected,
                    .actual = actual});
  };
  auto root = view.roots.begin();
  auto details = view.details.begin();
  while (root != view.roots.end() || details != view.details.end()) {
    const bool has_details = details != view.details.end() &&
                             (root == view.roots.end() || details->first <= root->first);
    const bool has_root = root != view.roots.end() &&
                          (details == view.details.end() || root->first <= details->first);
    const device_id device = has_root ? root->first : details->first;
    if (!has_details && !view.details_damaged) add(damage_id::device_without_details, device, 0, 0);
    if (has_details) {
      const auto& known = details->second;
      if (!has_root && !view.roots_damaged)
        add(damage_id::device_without_mappings, device, known.mapped_blocks, 0);
      const auto latest = std::max(known.creation_time, known.snapshotted_time);
      if (latest > view.time) add(damage_id::device_times, device, view.time, latest);
    }
    if (device > max_device_id) add(damage_id::device_id_too_large, device, max_device_id, device);
    if (has_root) ++root;
    if (has_details) ++details;
  }
}

void device_trees::judge_mappings(const device_view& view, finding_list& findings,
                                  check_report& report) {
  auto details = view.details.begin();
  for (const auto& [device, root] : view.roots) {
    // What a snapshot shares with the active metadata was reported there.
    const auto active = active_roots_.find(device);
    const bool reported = (view.of == which_metadata::snapshot) && active != active_roots_.end() &&
                          active->second == root;
    const bool silent = reported || findings.full();
    const auto outcome = silent ? mappings_judge_.verdict(root)
                                : mappings_judge_.judge(root, device, view.of, findings);
    if (view.of == which_metadata::active) active_roots_.emplace(device, root);
    if (outcome.damaged && silent && !reported) {
      ++report.nr_fatal;
      ++report.nr_unlisted;
    }
    while (details != view.details.end() && details->first < device) ++details;
    const bool has_details = details != view.details.end() && details->first == device;
    const auto expected = has_details ? details->second.mapped_blocks : outcome.nr_values;
    if (outcome.damaged) complete_ = false;
    if (!outcome.damaged && expected != outcome.nr_values)
      findings.found({.id = damage_id::device_mapped_blocks,
                      .where = structure::details_tree,
                      .in_snapshot = view.of == which_metadata::snapshot,
                      .device = device,
                      .expected = expected,
                      .actual = outcome.nr_values});
    if (outcome.damaged && !reported && report.devices.size() < finding_list::kept_max)
      report.devices.push_back(
          {device, (view.of == which_metadata::snapshot), expected, outcome.nr_values});
  }
}

safe_times device_trees::judge_times(finding_list& findings) {
  return times_ ? times_->judge(reader_, mappings_, findings) : safe_times{};
}

void device_trees::report_remarks(finding_list& findings) const {
  details_judge_.report_remarks(which_metadata::active, findings);
  top_level_judge_.report_remarks(which_metadata::active, findings);
  mappings_judge_.report_remarks(which_metadata::active, findings);
  details_judge_.report_misfits(which_metadata::active, findings);
  top_level_judge_.report_misfits(which_metadata::active, findings);
  mappings_judge_.report_misfits(which_metadata::active, findings);
}

}  // namespace thin_tools
