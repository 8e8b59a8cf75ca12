// The part of planning that looks back at the state before the last commit.
#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/btree/tree_graph.h"
#include "thin-tools/repair/repair.h"

namespace thin_tools {

using pdata::device_id;
using pdata::metadata_block;

void planner::open_history() {
  if (history_ || !roots_.index || !roots_.counts.sound()) return;
  auto nr_blocks = nr_blocks_;
  if (roots_.superblock)
    nr_blocks = std::min(nr_blocks, roots_.superblock->metadata_space_map.nr_blocks);
  history_ = std::make_unique<state_history>(
      *device_, present_by_counts(*roots_.index, nr_blocks, roots_.counts), nr_data_blocks_max_);
}

void planner::look_back() {
  open_history();
  if (history_) past_ = history_->back(0);
  if (past_ != nullptr)
    plan_.notes.push_back(
        fmt::format("The state before the last commit is still on the device, with index block {}.",
                    past_->state().index));
}

// Each snapshot moves the pool's time on.
bool planner::snapshot_possible() const {
  return !roots_.superblock || roots_.superblock->time != past_->newest_time();
}

std::vector<device_id> planner::ids_without_trees() const {
  std::vector<device_id> ids;
  if (!details_.damaged()) {
    for (const auto& [id, details] : details_.devices)
      if (!top_.roots.contains(id)) ids.push_back(id);
    return ids;
  }
  for (const auto& [id, root] : past_->state().top.roots)
    if (!top_.roots.contains(id) &&
        std::ranges::any_of(top_.lost, [&](const auto& range) { return range.contains(id); }))
      ids.push_back(id);
  return ids;
}

// True if nothing that can be a device's tree, or the parent of an orphan, is
// damaged, but for the nodes that name the trees.
bool planner::only_small_trees_damaged() const {
  std::vector<bool> small(nr_blocks_);
  const auto add = [&](const pdata::tree_shape& shape, std::optional<metadata_block> root) {
    if (!root || *root >= nr_blocks_) return;
    pdata::tree_graph graph(reader_, shape, nr_blocks_);
    const pdata::leaf_visitor ignore = [](const pdata::visited_leaf&) {};
    graph.add({&*root, 1}, &ignore);
    for (pdata::node_index i = 0; i < graph.nr_nodes(); ++i) small[graph.node(i).location] = true;
  };
  add(pdata::top_level_tree_shape, roots_.mapping_root);
  add(pdata::details_tree_shape, roots_.details_root);
  for (metadata_block b = 1; b < nr_blocks_; ++b) {
    const auto is = device_->scan[b].is;
    if (roots_.counts.live(b) && !small[b] &&
        (is == pdata::block_class::unusable || is == pdata::block_class::blank))
      return false;
  }
  return true;
}

void planner::regain_by_lineage(const std::vector<orphan>& orphans) {
  if (past_ == nullptr) return;
  const nameless_trees lost{
      .trees = orphans,
      .ids = ids_without_trees(),
      .details = details_.damaged() ? nullptr : &details_,
      .all_whole = only_small_trees_damaged() && !past_->state().top.damaged(),
      .snapshot_possible = snapshot_possible()};
  lineage_ = match_by_lineage(*plan_.forest, reader_, *past_, lost);
  for (const auto& [id, root] : lineage_.roots) {
    top_.roots[id] = root;
    guessed_roots_[id] =
        past_->state().top.roots.contains(id) && past_->state().top.roots.at(id) == root
            ? fmt::format("its tree in block {}: it was so before the last commit", root)
            : fmt::format(
                  "its tree in block {}: no other can have come of what it had before the last "
                  "commit",
                  root);
  }
  for (const auto id : lineage_.deleted)
    plan_.notes.push_back(fmt::format("Device {} was deleted by the last commit.", id));
}

bool planner::all_trees_named() const {
  if (lineage_.complete) return true;
  return !details_.damaged() && std::ranges::all_of(details_.devices, [&](const auto& e) {
    return top_.roots.contains(e.first);
  });
}

// Devices of which only the past is known, and trees of which no name is known.
void planner::account_for_nameless(const std::vector<orphan>& orphans) {
  if (past_ != nullptr && details_.damaged()) {
    for (const auto id : ids_without_trees())
      if (std::ranges::count(lineage_.deleted, id) == 0)
        plan_.lost_devices.push_back(
            {id, std::nullopt,
             fmt::format(
                 "it was there before the last commit (--mapping-root {} --details-root {}), "
                 "and which of the trees that are left is its own is not certain",
                 past_->state().roots.mapping_root, past_->state().roots.details_root)});
  }
  if (all_trees_named()) return;
  for (const auto& tree : unclaimed(orphans))
    plan_.losses.push_back(fmt::format(
        "the tree in block {} with {} mappings: the name of its device is not known{}",
        plan_.forest->graph().node(tree.root).location, plan_.forest->below(tree.root).nr_values,
        past_ != nullptr && !past_->live(plan_.forest->graph().node(tree.root).location)
            ? ", the last commit made it"
            : ""));
}

// A device that was not there was created by the last commit; what a snapshot that
// the last commit may have made would have changed is set as if it were so.
bool planner::details_from_past(recovered_device& device) const {
  const auto known = past_->state().details.devices.find(device.id);
  if (known == past_->state().details.devices.end()) return false;
  const auto time = plan_.superblock.time;
  const auto mapped_blocks = device.details.mapped_blocks;
  device.details = known->second;
  device.details.mapped_blocks = mapped_blocks;
  if (snapshot_possible())
    device.details.snapshotted_time = std::max(device.details.snapshotted_time, time);
  device.guesses.push_back(fmt::format(
      "its details: creation time {} and transaction {} as before the last commit, snapshot time "
      "{}; the mapped blocks were counted",
      device.details.creation_time, device.details.transaction_id,
      device.details.snapshotted_time));
  return true;
}

}  // namespace thin_tools
