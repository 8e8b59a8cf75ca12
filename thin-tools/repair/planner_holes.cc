// The part of planning that fills the holes of mapping trees, and takes back what cannot be.
#include <fmt/format.h>

#include <algorithm>

#include "thin-tools/repair/trees/forest_order.h"
#include "thin-tools/repair/placement/hidden_nodes.h"
#include "thin-tools/repair/placement/lineage_evidence.h"
#include "thin-tools/repair/repair.h"

namespace thin_tools {

using pdata::device_id;
using pdata::metadata_block;

// Trees that only a held metadata snapshot names may have lost what nobody refers to. False: not
// all of them can be told.
bool planner::add_snapshot_trees(std::vector<metadata_block>& roots) {
  bool all_known = true;
  for (std::size_t i = 0; i < roots_.snapshot_mapping_roots.size(); ++i) {
    const auto top = read_top_level(reader_, roots_.snapshot_mapping_roots[i], nr_blocks_);
    const auto details = read_details(reader_, roots_.snapshot_details_roots[i], nr_blocks_);
    all_known = all_known && !top.damaged();
    for (const auto& [id, root] : top.roots) {
      roots.push_back(root);
      if (const auto found = details.devices.find(id); found != details.devices.end())
        snapshot_trees_[root] = found->second.mapped_blocks;
    }
  }
  return all_known;
}

// What each tree with holes has, and what it should have. Trees may share holes by the
// thousand: of those that come after so many looks nothing is concluded.
void planner::add_budgets(hole_filler& filler) {
  auto& forest = *plan_.forest;
  std::uint64_t nr_looks = std::uint64_t{1} << 24;
  auto expected = snapshot_trees_;
  for (const auto& [id, root] : top_.roots)
    if (const auto details = details_.devices.find(id); details != details_.devices.end())
      expected[root] = details->second.mapped_blocks;
  forest_accounts accounts(forest, *plan_.leaves);
  accounts.make(forest_roots_);
  // Details that are wrong about a whole tree may be wrong about any.
  const bool believed = std::ranges::all_of(expected, [&](const auto& entry) {
    const auto account = accounts.of(entry.first);
    return account.nr_holes != 0 || account.nr_mapped + account.nr_dropped == entry.second;
  });
  if (!believed) expected.clear();
  for (const auto root : forest_roots_) {
    const auto account = accounts.of(root);
    if (account.nr_holes == 0) continue;
    readable_tree tree{root, account.nr_mapped + account.nr_dropped, {}, {}};
    list_holes(forest, root, nr_looks, [&](const hole& found) {
      tree.holes.push_back(found);
      return true;
    });
    if (nr_looks == 0) return;
    if (const auto count = expected.find(root); count != expected.end())
      tree.expected = count->second;
    filler.add_tree(tree);
  }
}

void planner::fill_holes(std::vector<orphan> orphans, const reference_census& census) {
  const auto hidden = find_hidden_nodes(*device_, roots_, census);
  hole_filler filler(*plan_.forest, unclaimed(std::move(orphans)), hidden);
  open_history();
  std::optional<lineage_evidence> lineage;
  if (history_) lineage.emplace(*plan_.forest, reader_, top_, *history_);
  for_each_hole(*plan_.forest, forest_roots_, [&](const hole& found) {
    filler.add_hole(found);
    if (lineage) lineage->add_hole(found);
  });
  if (lineage) filler.consider(*lineage);
  add_budgets(filler);
  const auto left = filler.fill(reader_.device(),
                                [&](std::uint64_t value) { return plan_.leaves->possible(value); });
  if (!left.empty()) {
    std::uint64_t nr_mappings = 0;
    for (const auto& each : left) nr_mappings += plan_.forest->below(each.root).nr_values;
    plan_.notes.push_back(fmt::format(
        "{} subtree(s) with {} mappings lost parents, and for some of their places it is not "
        "certain that they belong there.",
        left.size(), nr_mappings));
  }
  drop_impossible_grafts();
  drop_agreements_without_room();
}

// A device cannot have more mappings than its details say. What one device loses
// may be another's, too: accounts are made again as long as that is cheap, and
// after that too much is removed rather than too little.
void planner::drop_impossible_grafts() {
  constexpr int recounts_max = 64;
  const auto roots = device_roots();
  auto& forest = *plan_.forest;
  for (const auto& id : parents_first(forest, roots, [&](pdata::node_index index) {
                          return has_holes(forest, index);
                        }).circular)
    forest.remove_grafts(id);
  forest_accounts accounts(forest, *plan_.leaves);
  accounts.make(roots);
  int nr_recounts = 0;
  std::vector<bool> cleared(forest.graph().nr_nodes());
  for (const auto& [id, root] : top_.roots) {
    const auto details = details_.devices.find(id);
    if (details == details_.devices.end()) continue;
    const auto account = accounts.of(root);
    if (account.nr_mapped + account.nr_dropped <= details->second.mapped_blocks) continue;
    remove_grafts_of(id, cleared);
    if (nr_recounts++ < recounts_max) accounts.make(roots);
  }
}

// Nodes that are cleared have no grafts below.
void planner::remove_grafts_of(device_id id, std::vector<bool>& cleared) {
  auto& forest = *plan_.forest;
  std::vector<pdata::node_index> below;
  const auto clear = [&](const forest_place& place) {
    forest.for_each_node_at(place, [&](pdata::node_index index) {
      if (cleared[index] || !has_holes(forest, index)) return;
      cleared[index] = true;
      below.push_back(index);
    });
    if (place.node || !forest.has_grafts(place.id)) return;
    plan_.notes.push_back(fmt::format(
        "What seemed to fit below block {} would give device {} more mappings than it had.",
        place.id.location, id));
    forest.remove_grafts(place.id);
  };
  clear(forest.at_root(top_.roots.at(id)));
  while (!below.empty()) {
    const auto index = below.back();
    below.pop_back();
    for (std::uint32_t slot = 0; slot < forest.graph().node(index).nr_entries; ++slot)
      clear(forest.at_slot(index, slot));
  }
}

// An output as large as the input must be enough: where holes that share nothing agree in
// parts, their leaves could be more than those they are made of.
void planner::drop_agreements_without_room() {
  const auto kept = find_kept_leaves(device_roots());
  if (kept.locations.size() + kept.agreed.size() <= kept.nr_read) return;
  plan_.forest->remove_agreements();
  plan_.notes.push_back("What several subtrees agree on was left out: it would take more leaves.");
}

}  // namespace thin_tools
