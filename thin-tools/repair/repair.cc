#include "thin-tools/repair/repair.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/error.h"
#include "persistent-data/format/damage_catalogue.h"
#include "persistent-data/format/bitmap_block.h"
#include "thin-tools/repair/trees/forest_order.h"

namespace thin_tools {

using pdata::device_id;
using pdata::metadata_block;

planner::planner(pdata::batch_reader& reader, std::string name, const repair_options& options)
    : reader_(reader),
      name_(std::move(name)),
      options_(options),
      nr_blocks_(std::min(reader.device().nr_blocks(), pdata::max_metadata_blocks)),
      roots_(pdata::stored_counts(nr_blocks_)) {}

void planner::refuse_impossible_roots() const {
  const auto refuse = [&](const char* option, const std::optional<metadata_block>& root) {
    if (root && *root >= nr_blocks_)
      throw pdata::error(
          fmt::format("{} {}: '{}' has {} blocks", option, *root, name_, nr_blocks_));
  };
  refuse("--mapping-root", options_.mapping_root);
  refuse("--details-root", options_.details_root);
}

repair_plan planner::make() {
  refuse_impossible_roots();
  if (!try_short_way()) take_long_way();
  if (!roots_.snapshot_mapping_roots.empty() || roots_.snapshot_lost)
    plan_.notes.push_back("The held metadata snapshot is not kept: the result has none.");
  account_for_devices();
  describe_lost_devices();
  refuse_emptiness();
  list_leaves();
  rebuild_details();
  decide_superblock();
  return std::move(plan_);
}

void planner::read_trees(const chosen_roots& roots) {
  top_ = {};
  details_ = {};
  if (roots.mapping_root)
    top_ = read_top_level(reader_, *roots.mapping_root, nr_blocks_);
  else
    top_.lost.push_back({});
  if (roots.details_root)
    details_ = read_details(reader_, *roots.details_root, nr_blocks_);
  else
    details_.lost.push_back({});
  // A data device larger than its space map cannot be: each metadata block holds
  // the counts of so many data blocks at most.
  const auto limit = nr_blocks_ * pdata::entries_per_bitmap;
  nr_data_blocks_max_ = limit;
  if (roots.superblock)
    nr_data_blocks_max_ = std::min(limit, roots.superblock->data_space_map.nr_blocks);
  if (options_.nr_data_blocks)
    nr_data_blocks_max_ = std::min(limit, std::max(nr_data_blocks_max_, *options_.nr_data_blocks));
}

// Reads all trees of devices and `more` into a new forest.
void planner::read_forest(std::vector<metadata_block> more) {
  for (const auto& [id, root] : top_.roots) more.push_back(root);
  std::ranges::sort(more);
  const auto repeated = std::ranges::unique(more);
  more.erase(repeated.begin(), repeated.end());
  plan_.leaves = std::make_unique<leaf_census>(nr_data_blocks_max_, reader_.nr_workers());
  plan_.forest = std::make_unique<mapping_forest>(reader_, nr_blocks_);
  plan_.forest->read(more, [&](const pdata::visited_leaf& leaf) {
    plan_.leaves->count(leaf.worker, leaf.location, leaf.node);
  });
  forest_roots_ = std::move(more);
}

bool planner::forest_is_whole() {
  return std::ranges::all_of(top_.roots, [&](const auto& entry) {
    const auto& [id, root] = entry;
    const auto node = plan_.forest->good_node(root);
    const auto details = details_.devices.find(id);
    if (!node || details == details_.devices.end()) return false;
    const auto tree = plan_.forest->below(*node);
    return !tree.damaged && tree.nr_values == details->second.mapped_blocks;
  });
}

bool planner::try_short_way() {
  root_chooser chooser(reader_, nr_blocks_, options_);
  auto roots = chooser.at_first_sight();
  if (!roots.mapping_root || !roots.details_root) return false;
  read_trees(roots);
  if (top_.damaged() || details_.damaged() || top_.roots.size() != details_.devices.size())
    return false;
  read_forest({});
  if (!forest_is_whole()) return false;
  roots_ = std::move(roots);
  return true;
}

void planner::take_long_way() {
  device_ = std::make_unique<evidence>(reader_, nr_blocks_);
  root_chooser chooser(reader_, nr_blocks_, options_);
  roots_ = chooser.by_evidence(*device_);
  plan_.notes = roots_.notes;
  plan_.guesses = roots_.guesses;
  if (!roots_.mapping_root && !roots_.details_root) {
    if (!roots_.any_superblock && device_->scan.all_of(pdata::block_class::leaf).empty())
      throw pdata::error(fmt::format(
          "'{}' holds no thin metadata: bad checksum in superblock, and no tree nodes", name_));
    throw pdata::error(
        fmt::format("no compatible roots found in '{}': neither the superblock nor "
                    "any pair of trees can be used; see --list-roots",
                    name_));
  }
  read_trees(roots_);
  auto census = take_census(roots_);
  if (details_.damaged()) regain_details(*census);
  if (top_.damaged()) regain_top_level(*census);
  if (details_.damaged() || top_.damaged()) look_back();
  read_forest({});
  auto orphans = find_orphans(*census);
  if (orphans.empty()) return fill_holes_of_the_past();
  std::vector<metadata_block> more;
  const bool trees_known = add_snapshot_trees(more);
  for (const auto& each : orphans) more.push_back(each.root);  // still locations
  read_forest(more);
  find_nodes_of(orphans);
  if (top_.damaged()) regain_by_lineage(orphans);
  const bool trees_missing = std::ranges::any_of(
      details_.devices, [&](const auto& e) { return !top_.roots.contains(e.first); });
  if (top_.damaged() && trees_missing) regain_device_trees(orphans);
  if (top_.damaged()) account_for_nameless(orphans);
  if (trees_known && (!top_.damaged() || all_trees_named()))
    fill_holes(std::move(orphans), *census);
}

std::unique_ptr<reference_census> planner::take_census(const chosen_roots& roots) {
  auto census = std::make_unique<reference_census>(device_->scan, device_->children, roots.counts);
  if (roots.mapping_root) census->add(*roots.mapping_root);
  if (roots.details_root) census->add(*roots.details_root);
  for (const auto root : roots.snapshot_mapping_roots) census->add(root);
  for (const auto root : roots.snapshot_details_roots) census->add(root);
  auto tops = roots.snapshot_mapping_roots;
  if (roots.mapping_root) tops.push_back(*roots.mapping_root);
  for (const auto root : trees_named_by(reader_, tops, nr_blocks_)) census->add(root);
  return census;
}

// Leaves of the details tree whose parent is gone.
void planner::regain_details(const reference_census& census) {
  if (roots_.snapshot_lost) return;  // its details would be taken for the pool's
  for (metadata_block b = 0; b < nr_blocks_; ++b) {
    if (census.missing(b) == 0) continue;
    const auto& block = device_->scan[b];
    const bool is_node = block.is == pdata::block_class::internal || block.is_leaf_of(24);
    if (!is_node || device_->children.leaf_value_size(b) != 24) continue;
    const auto found = read_details(reader_, b, nr_blocks_);
    merge_details(details_, found);
    plan_.notes.push_back(
        fmt::format("Details of {} device(s) regained from block {}, which had lost its parent.",
                    found.devices.size(), b));
  }
}

// Leaves of the top level tree whose parent is gone: all they name are trees
// that lost a reference.
void planner::regain_top_level(reference_census& census) {
  if (roots_.snapshot_lost) return;
  for (metadata_block b = 0; b < nr_blocks_; ++b) {
    const auto& block = device_->scan[b];
    if (census.missing(b) == 0 || !block.names_blocks || block.nr_entries == 0) continue;
    const auto found = read_top_level(reader_, b, nr_blocks_);
    const bool fits = std::ranges::all_of(found.roots, [&](const auto& entry) {
      return census.missing(entry.second) != 0 && !top_.roots.contains(entry.first) &&
             (details_.damaged() || details_.devices.contains(entry.first));
    });
    if (!fits) continue;
    for (const auto& [id, root] : found.roots) census.add(root);
    census.add(b);
    merge_top_level(top_, found);
    plan_.notes.push_back(
        fmt::format("Trees of {} device(s) regained from block {}, which had lost its parent.",
                    found.roots.size(), b));
  }
}

// Roots of subtrees, as locations.
std::vector<orphan> planner::find_orphans(const reference_census& census) {
  std::vector<orphan> orphans;
  if (roots_.snapshot_lost) return orphans;  // its trees would be taken for the pool's
  for (metadata_block b = 0; b < nr_blocks_; ++b) {
    const auto nr_missing = census.missing(b);
    const auto& block = device_->scan[b];
    if (nr_missing == 0) continue;
    if (block.is != pdata::block_class::internal && !block.is_leaf_of(8)) continue;
    if (block.is == pdata::block_class::internal && device_->children.leaf_value_size(b) != 8)
      continue;
    orphans.push_back({static_cast<pdata::node_index>(b), nr_missing});
  }
  return orphans;
}

// From locations to nodes; what is no good node is left out.
void planner::find_nodes_of(std::vector<orphan>& orphans) const {
  std::erase_if(orphans, [&](orphan& each) {
    const auto node = plan_.forest->good_node(each.root);
    if (node) each.root = *node;
    return !node;
  });
}

void planner::regain_device_trees(const std::vector<orphan>& orphans) {
  std::map<device_id, pdata::device_details> wanted;
  for (const auto& [id, details] : details_.devices)
    if (!top_.roots.contains(id)) wanted.emplace(id, details);
  for (auto& [id, match] : match_devices(*device_, *plan_.forest, wanted, unclaimed(orphans))) {
    top_.roots[id] = match.root;
    guessed_roots_[id] = fmt::format("its tree in block {}: {}", match.root, match.reason);
  }
}

// What became the tree of a device is no orphan any more.
std::vector<orphan> planner::unclaimed(std::vector<orphan> orphans) const {
  std::map<metadata_block, std::uint32_t> used;
  for (const auto& [id, why] : guessed_roots_) ++used[top_.roots.at(id)];
  std::erase_if(orphans, [&](orphan& each) {
    const auto found = used.find(plan_.forest->graph().node(each.root).location);
    if (found != used.end()) each.nr_missing -= std::min(each.nr_missing, found->second);
    return each.nr_missing == 0;
  });
  return orphans;
}

std::vector<metadata_block> planner::device_roots() const {
  std::vector<metadata_block> roots;
  for (const auto& [id, root] : top_.roots) roots.push_back(root);
  std::ranges::sort(roots);
  const auto repeated = std::ranges::unique(roots);
  roots.erase(repeated.begin(), repeated.end());
  return roots;
}

}  // namespace thin_tools
