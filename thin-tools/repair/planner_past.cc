// The part of planning that fills holes without the counts of the last state: where its
// space map is damaged, that of the state before the last commit is not. A damaged
// node that both states use has the children in one that it has in the other.
#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/btree/leaf_stream.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/format/bitmap_block.h"
#include "thin-tools/repair/trees/forest_order.h"
#include "thin-tools/repair/repair.h"

namespace thin_tools {

using pdata::metadata_block;

bool planner::any_hole() {
  bool any = false;
  for_each_hole(*plan_.forest, forest_roots_, [&](const hole&) { any = true; });
  return any;
}

// All that the superblock leads to is in use, read or not.
present_state planner::present_by_reach() const {
  const auto& pool = *roots_.superblock;
  present_state present{.index = pool.metadata_space_map.bitmap_root,
                        .nr_blocks = std::min(nr_blocks_, pool.metadata_space_map.nr_blocks),
                        .live = {},
                        .all_known = false,
                        .reused = {}};
  present.live.resize(present.nr_blocks);
  const auto add = [&](metadata_block b) {
    if (b < present.nr_blocks) present.live[b] = true;
  };
  const auto add_nodes = [&](const pdata::tree_graph& graph) {
    for (pdata::node_index i = 0; i < graph.nr_nodes(); ++i) add(graph.node(i).location);
  };
  const auto add_tree = [&](const pdata::tree_shape& shape, metadata_block root) {
    pdata::tree_graph graph(reader_, shape, nr_blocks_);
    const pdata::leaf_visitor ignore = [](const pdata::visited_leaf&) {};
    graph.add({&root, 1}, &ignore);
    add_nodes(graph);
  };
  add(pdata::superblock_location);
  add(present.index);
  for (const auto bitmap : roots_.counts.bitmaps()) add(bitmap);
  add_tree(pdata::top_level_tree_shape, pool.mapping_root);
  add_tree(pdata::details_tree_shape, pool.details_root);
  add_tree(pdata::metadata_overflow_tree_shape, pool.metadata_space_map.ref_count_root);
  add_tree(pdata::data_overflow_tree_shape, pool.data_space_map.ref_count_root);
  add_tree(pdata::data_index_tree_shape, pool.data_space_map.bitmap_root);
  pdata::silent_sink sink;
  pdata::for_each_entry(reader_, pdata::data_index_tree_shape, pool.data_space_map.bitmap_root,
                        nr_blocks_, false, sink,
                        [&](std::uint64_t, std::span<const std::byte> value) {
                          add(pdata::index_entry::load(value).location);
                        });
  add_nodes(plan_.forest->graph());
  return present;
}

// Plans as if the past state were the last one, as far as that goes, and keeps what was
// found to be below damaged nodes: the trees of the last state lead there, too.
void planner::fill_holes_of_the_past() {
  const bool not_needed = roots_.counts.sound() || !roots_.superblock ||
                          !roots_.snapshot_mapping_roots.empty() || roots_.snapshot_lost;
  if (not_needed || options_.mapping_root || options_.details_root || !any_hole()) return;
  const auto now = present_by_reach();
  state_history history(*device_, now, nr_data_blocks_max_);
  const auto* past = history.back(0);
  if (past == nullptr || past->state().top.damaged() || past->state().details.damaged()) return;
  const auto own_roots = roots_;
  const auto own_top = top_;
  const auto own_details = details_;
  const auto own_forest_roots = forest_roots_;
  roots_.mapping_root = past->state().roots.mapping_root;
  roots_.details_root = past->state().roots.details_root;
  roots_.counts = past->state().counts;
  roots_.index = past->state().index;
  top_ = past->state().top;
  details_ = past->state().details;
  const auto census = take_census(roots_);
  auto orphans = find_orphans(*census);
  auto more = own_forest_roots;
  for (const auto& each : orphans) more.push_back(each.root);  // still locations
  read_forest(more);
  find_nodes_of(orphans);
  forest_roots_ = device_roots();
  for (const auto& each : orphans)
    forest_roots_.push_back(plan_.forest->graph().node(each.root).location);
  std::ranges::sort(forest_roots_);
  const auto repeated = std::ranges::unique(forest_roots_);
  forest_roots_.erase(repeated.begin(), repeated.end());
  if (!orphans.empty()) fill_holes(std::move(orphans), *census);
  roots_ = own_roots;
  top_ = own_top;
  details_ = own_details;
  forest_roots_ = own_forest_roots;
  history_.reset();
  drop_impossible_grafts();
  plan_.notes.push_back(
      fmt::format("The space map is damaged; that of the state before the last commit, with index "
                  "block {}, told what damaged nodes had below them.",
                  past->state().index));
}

}  // namespace thin_tools
