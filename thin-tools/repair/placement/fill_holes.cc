#include "thin-tools/repair/placement/fill_holes.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/sort_unique.h"
#include "persistent-data/btree/leaf_stream.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/damage_sinks.h"
#include "thin-tools/repair/placement/hidden_nodes.h"
#include "thin-tools/repair/placement/hole_filler.h"
#include "thin-tools/repair/placement/problem.h"
#include "thin-tools/repair/trees/accounts.h"
#include "thin-tools/repair/trees/forest_order.h"

namespace thin_tools {

using pdata::device_id;
using pdata::metadata_block;

snapshot_trees read_snapshot_trees(const repair_request& input, const chosen_roots& roots) {
  snapshot_trees held;
  for (std::size_t i = 0; i < roots.snapshot_mapping_roots.size(); ++i) {
    const auto top = read_top_level(input.reader, roots.snapshot_mapping_roots[i], input.nr_blocks);
    const auto details =
        read_details(input.reader, roots.snapshot_details_roots[i], input.nr_blocks);
    held.all_known = held.all_known && !top.damaged();
    for (const auto& [id, root] : top.roots) {
      held.roots.push_back(root);
      if (const auto found = details.devices.find(id); found != details.devices.end())
        held.nr_mappings[root] = found->second.mapped_blocks;
    }
  }
  return held;
}

namespace {

// What each tree with holes has, and what it should have. Trees may share holes by the
// thousand: of those that come after so many looks nothing is concluded.
void add_budgets(hole_filler& filler, const pool_view& view, const snapshot_trees& held,
                 pool_forest& forest) {
  std::uint64_t nr_looks = std::uint64_t{1} << 24;
  auto expected = held.nr_mappings;
  for (const auto& [id, root] : view.top.roots)
    if (const auto details = view.details.devices.find(id); details != view.details.devices.end())
      expected[root] = details->second.mapped_blocks;
  forest_accounts accounts(*forest.trees, *forest.leaves);
  accounts.make(forest.roots);
  // Details that are wrong about a whole tree may be wrong about any.
  const bool believed = std::ranges::all_of(expected, [&](const auto& entry) {
    const auto account = accounts.of(entry.first);
    return account.nr_holes != 0 || account.nr_mapped + account.nr_dropped == entry.second;
  });
  if (!believed) expected.clear();
  for (const auto root : forest.roots) {
    const auto account = accounts.of(root);
    if (account.nr_holes == 0) continue;
    readable_tree tree{root, account.nr_mapped + account.nr_dropped, {}, {}};
    list_holes(*forest.trees, root, nr_looks, [&](const hole& found) {
      tree.holes.push_back(found);
      return true;
    });
    if (nr_looks == 0) return;
    if (const auto count = expected.find(root); count != expected.end())
      tree.expected = count->second;
    filler.add_tree(tree);
  }
}

// Nodes that are cleared have no grafts below.
void remove_grafts_of(device_id id, metadata_block root, mapping_forest& forest,
                      std::vector<bool>& cleared, std::vector<std::string>& notes) {
  std::vector<pdata::node_index> below;
  const auto clear = [&](const forest_place& place) {
    forest.for_each_node_at(place, [&](pdata::node_index index) {
      if (cleared[index] || !has_holes(forest, index)) return;
      cleared[index] = true;
      below.push_back(index);
    });
    if (place.node || !forest.has_grafts(place.id)) return;
    notes.push_back(fmt::format(
        "What seemed to fit below block {} would give device {} more mappings than it had.",
        place.id.location, id));
    forest.remove_grafts(place.id);
  };
  clear(forest.at_root(root));
  while (!below.empty()) {
    const auto index = below.back();
    below.pop_back();
    for (std::uint32_t slot = 0; slot < forest.graph().node(index).nr_entries; ++slot)
      clear(forest.at_slot(index, slot));
  }
}

// A device cannot have more mappings than its details say. What one device loses
// may be another's, too: accounts are made again as long as that is cheap, and
// after that too much is removed rather than too little.
void drop_impossible_grafts(const pool_view& view, pool_forest& forest,
                            std::vector<std::string>& notes) {
  constexpr int recounts_max = 64;
  const auto roots = device_roots(view.top);
  auto& trees = *forest.trees;
  for (const auto& id : parents_first(trees, roots, [&](pdata::node_index index) {
                          return has_holes(trees, index);
                        }).circular)
    trees.remove_grafts(id);
  forest_accounts accounts(trees, *forest.leaves);
  accounts.make(roots);
  int nr_recounts = 0;
  std::vector<bool> cleared(trees.graph().nr_nodes());
  for (const auto& [id, root] : view.top.roots) {
    const auto details = view.details.devices.find(id);
    if (details == view.details.devices.end()) continue;
    const auto account = accounts.of(root);
    if (account.nr_mapped + account.nr_dropped <= details->second.mapped_blocks) continue;
    remove_grafts_of(id, root, trees, cleared, notes);
    if (nr_recounts++ < recounts_max) accounts.make(roots);
  }
}

// An output as large as the input must be enough: where holes that share nothing agree in
// parts, their leaves could be more than those they are made of.
void drop_agreements_without_room(const pool_view& view, pool_forest& forest,
                                  std::vector<std::string>& notes) {
  const auto kept = find_kept_leaves(*forest.trees, device_roots(view.top));
  if (kept.locations.size() + kept.agreed.size() <= kept.nr_read) return;
  forest.trees->remove_agreements();
  notes.push_back("What several subtrees agree on was left out: it would take more leaves.");
}

}  // namespace

kept_leaves find_kept_leaves(mapping_forest& forest, std::span<const metadata_block> roots) {
  const auto& graph = forest.graph();
  kept_leaves found;
  std::vector<bool> kept(forest.nr_nodes());
  const auto order = parents_first(forest, roots, [](pdata::node_index) { return true; });
  for (const auto index : order.nodes) kept[index] = true;
  for (pdata::node_index i = 0; i < kept.size(); ++i) {
    if (forest.is_agreed_leaf(i)) {
      if (kept[i]) found.agreed.push_back(i);
      continue;
    }
    if (graph.node(i).state != pdata::node_state::leaf) continue;
    ++found.nr_read;
    if (kept[i]) found.locations.push_back(graph.node(i).location);
  }
  std::ranges::sort(found.locations);
  return found;
}

void fill_holes(const repair_request& input, const device_scan& device, const pool_view& view,
                const snapshot_trees& held, std::vector<orphan> orphans,
                const reference_census& census, state_history* history, pool_forest& forest,
                std::vector<std::string>& notes) {
  const auto hidden = find_hidden_nodes(device, view.roots, census);
  hole_filler filler(*forest.trees, unclaimed(*forest.trees, view, std::move(orphans)), hidden);
  std::optional<lineage_evidence> lineage;
  if (history != nullptr) lineage.emplace(*forest.trees, input.reader, view.top, *history);
  for_each_hole(*forest.trees, forest.roots, [&](const hole& found) {
    filler.add_hole(found);
    if (lineage) lineage->add_hole(found);
  });
  if (lineage) filler.consider(*lineage);
  add_budgets(filler, view, held, forest);
  const auto left = filler.fill(
      input.reader.device(), [&](std::uint64_t value) { return forest.leaves->possible(value); });
  if (!left.empty()) {
    std::uint64_t nr_mappings = 0;
    for (const auto& each : left) nr_mappings += forest.trees->below(each.root).nr_values;
    notes.push_back(fmt::format(
        "{} subtree(s) with {} mappings lost parents, and for some of their places it is not "
        "certain that they belong there.",
        left.size(), nr_mappings));
  }
  drop_impossible_grafts(view, forest, notes);
  drop_agreements_without_room(view, forest, notes);
}

namespace {

// All that the superblock leads to is in use, read or not.
present_state present_by_reach(const repair_request& input, const chosen_roots& roots,
                               const mapping_forest& forest) {
  const auto& pool = *roots.superblock;
  present_state present{.index = pool.metadata_space_map.bitmap_root,
                        .nr_blocks = std::min<pdata::metadata_block>(
                            input.nr_blocks, pool.metadata_space_map.nr_blocks),
                        .live = {},
                        .all_known = false,
                        .reused = {}};
  present.live.resize(pdata::to_size(present.nr_blocks));
  const auto add = [&](metadata_block b) {
    if (b < present.nr_blocks) present.live[pdata::to_size(b)] = true;
  };
  const auto add_nodes = [&](const pdata::tree_graph& graph) {
    for (pdata::node_index i = 0; i < graph.nr_nodes(); ++i) add(graph.node(i).location);
  };
  const auto add_tree = [&](const pdata::tree_shape& shape, metadata_block root) {
    pdata::tree_graph graph(input.reader, shape, input.nr_blocks);
    const pdata::leaf_visitor ignore = [](const pdata::visited_leaf&) {};
    graph.add({&root, 1}, &ignore);
    add_nodes(graph);
  };
  add(pdata::superblock_location);
  add(present.index);
  for (const auto bitmap : roots.counts.bitmaps()) add(bitmap);
  add_tree(pdata::top_level_tree_shape, pool.mapping_root);
  add_tree(pdata::details_tree_shape, pool.details_root);
  add_tree(pdata::metadata_overflow_tree_shape, pool.metadata_space_map.ref_count_root);
  add_tree(pdata::data_overflow_tree_shape, pool.data_space_map.ref_count_root);
  add_tree(pdata::data_index_tree_shape, pool.data_space_map.bitmap_root);
  pdata::silent_sink sink;
  pdata::for_each_entry(input.reader, pdata::data_index_tree_shape, pool.data_space_map.bitmap_root,
                        input.nr_blocks, pdata::which_metadata::active, sink,
                        [&](std::uint64_t, std::span<const std::byte> value) {
                          add(pdata::index_entry::load(value).location);
                        });
  add_nodes(forest.graph());
  return present;
}

// The view of the pool as it was in that state.
pool_view view_of(const pool_view& now, const past_state& past) {
  auto then = now;
  then.roots.mapping_root = past.roots.mapping_root;
  then.roots.details_root = past.roots.details_root;
  then.roots.counts = past.counts;
  then.roots.index = past.index;
  then.top = past.top;
  then.details = past.details;
  return then;
}

}  // namespace

// Plans as if the past state were the last one, as far as that goes, and keeps what was
// found to be below damaged nodes: the trees of the last state lead there, too.
void fill_holes_of_the_past(const repair_request& input, const device_scan& device,
                            const pool_view& view, pool_forest& forest,
                            std::vector<std::string>& notes) {
  const auto& roots = view.roots;
  const bool not_needed = roots.counts.sound() || !roots.superblock ||
                          !roots.snapshot_mapping_roots.empty() || roots.snapshot_lost;
  if (not_needed || input.options.mapping_root || input.options.details_root) return;
  bool any_hole = false;
  for_each_hole(*forest.trees, forest.roots, [&](const hole&) { any_hole = true; });
  if (!any_hole) return;
  state_history history(device, present_by_reach(input, roots, *forest.trees),
                        view.nr_data_blocks_max);
  const auto* past = history.back(0);
  if (past == nullptr || past->state().top.damaged() || past->state().details.damaged()) return;
  const auto then = view_of(view, past->state());
  const auto census = take_census(input, device, then.roots);
  const auto lost_roots = find_lost_roots(device, census, then.roots);
  auto own_roots = forest.roots;
  auto more = own_roots;
  for (const auto& each : lost_roots) more.push_back(each.location);
  forest = read_forest(input, then, more);
  auto orphans = find_orphans(*forest.trees, lost_roots);
  forest.roots = device_roots(then.top);
  for (const auto& each : orphans)
    forest.roots.push_back(forest.trees->graph().node(each.root).location);
  pdata::sort_unique(forest.roots);
  const auto older = open_history(device, then);
  if (!orphans.empty())
    fill_holes(input, device, then, {}, std::move(orphans), census, older.get(), forest, notes);
  forest.roots = std::move(own_roots);
  drop_impossible_grafts(view, forest, notes);
  notes.push_back(
      fmt::format("The space map is damaged; that of the state before the last commit, with index "
                  "block {}, told what damaged nodes had below them.",
                  past->state().index));
}

}  // namespace thin_tools
