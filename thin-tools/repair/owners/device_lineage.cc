#include "thin-tools/repair/owners/device_lineage.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include "persistent-data/base/checked_math.h"
#include "persistent-data/btree/tree_graph.h"
#include "thin-tools/repair/history/state_history.h"

namespace thin_tools {

using pdata::device_id;
using pdata::metadata_block;

namespace {

// Each is held against each: of more nothing is said.
constexpr std::size_t devices_max = 16384;
constexpr std::size_t young_pairs_max = std::size_t{1} << 20;

class lineage_matcher {
 public:
  lineage_matcher(mapping_forest& forest, pdata::batch_reader& reader, const past_trees& past,
                  const nameless_trees& lost)
      : forest_(forest), reader_(reader), past_(past), lost_(lost) {
    for (const auto& [id, root] : past.state().top.roots) past_roots_.insert(root);
    for (std::size_t i = 0; i < lost.ids.size(); ++i)
      if (past.had(lost.ids[i]))
        had_root_[past.state().top.roots.at(lost.ids[i])].push_back(i);
      else
        newcomers_.push_back(i);
  }

  lineage_match match();

 private:
  metadata_block location(const orphan& tree) const {
    return forest_.graph().node(tree.root).location;
  }
  bool as_many_mappings(device_id id, const orphan& tree);
  std::vector<std::size_t> who_had(const tree_origins& origins, metadata_block root);
  owner_puzzle::tree describe(const orphan& tree);
  void count_the_missing(owner_puzzle& puzzle) const;
  bool empty_whichever(const owner_puzzle& puzzle, const owner_answer& answer,
                       const std::vector<const orphan*>& trees, std::size_t device);

  mapping_forest& forest_;
  pdata::batch_reader& reader_;
  const past_trees& past_;
  const nameless_trees& lost_;
  std::set<metadata_block> past_roots_;
  std::map<metadata_block, std::vector<std::size_t>> had_root_;  // devices by their place in ids
  std::vector<std::size_t> newcomers_;                           // likewise
};

// A damaged tree may have had any number.
bool lineage_matcher::as_many_mappings(device_id id, const orphan& tree) {
  if (lost_.details == nullptr) return true;
  const auto below = forest_.below(tree.root);
  return below.damaged || below.nr_values == lost_.details->devices.at(id).mapped_blocks;
}

std::vector<std::size_t> lineage_matcher::who_had(const tree_origins& origins,
                                                  metadata_block root) {
  if (past_.live(root)) return had_root_[root];
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < lost_.ids.size(); ++i)
    if (past_.had(lost_.ids[i]) && origins.may_come_from(past_, lost_.ids[i])) found.push_back(i);
  return found;
}

owner_puzzle::tree lineage_matcher::describe(const orphan& tree) {
  owner_puzzle::tree piece{.nr_owners = tree.nr_missing, .owners = {}};
  const auto root = location(tree);
  const tree_origins origins(forest_, reader_, past_, tree.root);
  piece.owners = who_had(origins, root);
  piece.may_have_newcomers = lost_.snapshot_possible || !origins.anything_old();
  // New devices that are known by their details.
  if (piece.may_have_newcomers)
    piece.owners.insert(piece.owners.end(), newcomers_.begin(), newcomers_.end());
  std::erase_if(piece.owners, [&](std::size_t i) { return !as_many_mappings(lost_.ids[i], tree); });
  // A younger node may have lost its parent, which is none of a device's.
  piece.may_have_none = !past_.live(root) && !lost_.all_whole;
  return piece;
}

void lineage_matcher::count_the_missing(owner_puzzle& puzzle) const {
  std::size_t nr_owners = 0;
  for (const auto& tree : puzzle.trees) nr_owners += tree.nr_owners;
  const bool ids_known = lost_.details != nullptr;
  if (!lost_.all_whole) {
    puzzle.nr_newcomers = ids_known ? 0 : 1;
    puzzle.nr_treeless = puzzle.nr_devices;
  } else if (!ids_known) {
    puzzle.nr_newcomers = nr_owners > puzzle.nr_devices ? 1 : 0;
    puzzle.nr_treeless = nr_owners < puzzle.nr_devices ? 1 : 0;
  }
}

// True if all trees that a device may have are empty: one is as good as another.
bool lineage_matcher::empty_whichever(const owner_puzzle& puzzle, const owner_answer& answer,
                                      const std::vector<const orphan*>& trees, std::size_t device) {
  if (!answer.has_one || !answer.possible) return false;
  for (std::size_t t = 0; t < trees.size(); ++t) {
    if (std::ranges::count(puzzle.trees[t].owners, device) == 0) continue;
    const auto below = forest_.below(trees[t]->root);
    if (!below.empty || below.damaged) return false;
  }
  return true;
}

lineage_match lineage_matcher::match() {
  lineage_match result;
  owner_puzzle puzzle{.trees = {}, .nr_devices = lost_.ids.size()};
  const auto nr_young = static_cast<std::size_t>(std::ranges::count_if(
      lost_.trees, [&](const orphan& each) { return !past_.live(location(each)); }));
  if (lost_.ids.size() > devices_max || nr_young * lost_.ids.size() > young_pairs_max)
    return result;
  std::vector<const orphan*> trees;
  for (const auto& each : lost_.trees) {
    const auto root = location(each);
    // What was inside a tree before is so still.
    if (past_.live(root) && !past_roots_.contains(root)) continue;
    trees.push_back(&each);
    puzzle.trees.push_back(describe(each));
  }
  count_the_missing(puzzle);
  const auto answers = solve(puzzle);
  std::size_t nr_open = 0;
  for (const auto& tree : puzzle.trees) nr_open += tree.nr_owners;
  std::set<std::size_t> undecided;
  for (std::size_t i = 0; i < answers.size(); ++i)
    if (!answers[i].sure && !empty_whichever(puzzle, answers[i], trees, i)) undecided.insert(i);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (undecided.contains(i)) continue;
    result.roots[lost_.ids[i]] = location(*trees[*answers[i].possible]);
    --nr_open;
  }
  const bool known_one_deleted = lost_.all_whole && lost_.details == nullptr &&
                                 puzzle.nr_treeless == 1 &&
                                 result.roots.size() + 1 == lost_.ids.size();
  for (const auto id : lost_.ids)
    if (known_one_deleted && !result.roots.contains(id)) result.deleted.push_back(id);
  result.complete = lost_.all_whole && nr_open == 0 &&
                    result.roots.size() + result.deleted.size() == lost_.ids.size();
  return result;
}

}  // namespace

lineage_match match_by_lineage(mapping_forest& forest, pdata::batch_reader& reader,
                               const past_trees& past, const nameless_trees& lost) {
  return lineage_matcher(forest, reader, past, lost).match();
}

bool snapshot_possible(const chosen_roots& roots, const past_trees& past) {
  return !roots.superblock || roots.superblock->time != past.newest_time();
}

std::vector<device_id> ids_without_trees(const pool_view& view, const past_trees* past) {
  std::vector<device_id> ids;
  const auto& top = view.top;
  if (!view.details.damaged()) {
    for (const auto& [id, details] : view.details.devices)
      if (!top.roots.contains(id)) ids.push_back(id);
    return ids;
  }
  for (const auto& [id, root] : past->state().top.roots)
    if (!top.roots.contains(id) &&
        std::ranges::any_of(top.lost, [&](const auto& range) { return range.contains(id); }))
      ids.push_back(id);
  return ids;
}

bool all_trees_named(const pool_view& view, const lineage_match& lineage) {
  if (lineage.complete) return true;
  return !view.details.damaged() && std::ranges::all_of(view.details.devices, [&](const auto& e) {
    return view.top.roots.contains(e.first);
  });
}

namespace {

// True if nothing that can be a device's tree, or the parent of an orphan, is
// damaged, but for the nodes that name the trees.
bool only_small_trees_damaged(const repair_request& input, const device_scan& device,
                              const chosen_roots& roots) {
  std::vector<bool> small(pdata::to_size(input.nr_blocks));
  const auto add = [&](const pdata::tree_shape& shape, std::optional<metadata_block> root) {
    if (!root || *root >= input.nr_blocks) return;
    pdata::tree_graph graph(input.reader, shape, input.nr_blocks);
    const pdata::leaf_visitor ignore = [](const pdata::visited_leaf&) {};
    graph.add({&*root, 1}, &ignore);
    for (pdata::node_index i = 0; i < graph.nr_nodes(); ++i)
      small[pdata::to_size(graph.node(i).location)] = true;
  };
  add(pdata::top_level_tree_shape, roots.mapping_root);
  add(pdata::details_tree_shape, roots.details_root);
  for (metadata_block b = 1; b < input.nr_blocks; ++b) {
    const auto is = device.scan[b].is;
    if (roots.counts.live(b) && !small[pdata::to_size(b)] &&
        (is == pdata::block_class::unusable || is == pdata::block_class::blank))
      return false;
  }
  return true;
}

}  // namespace

lineage_match regain_by_lineage(const repair_request& input, const device_scan& device,
                                const past_trees& past, pool_view& view, mapping_forest& forest,
                                const std::vector<orphan>& orphans,
                                std::vector<std::string>& notes) {
  const auto& past_top = past.state().top;
  const nameless_trees lost{
      .trees = orphans,
      .ids = ids_without_trees(view, &past),
      .details = view.details.damaged() ? nullptr : &view.details,
      .all_whole = only_small_trees_damaged(input, device, view.roots) && !past_top.damaged(),
      .snapshot_possible = snapshot_possible(view.roots, past)};
  auto lineage = match_by_lineage(forest, input.reader, past, lost);
  for (const auto& [id, root] : lineage.roots) {
    view.top.roots[id] = root;
    view.guessed_trees[id] =
        past_top.roots.contains(id) && past_top.roots.at(id) == root
            ? fmt::format("its tree in block {}: it was so before the last commit", root)
            : fmt::format(
                  "its tree in block {}: no other can have come of what it had before the last "
                  "commit",
                  root);
  }
  for (const auto id : lineage.deleted)
    notes.push_back(fmt::format("Device {} was deleted by the last commit.", id));
  return lineage;
}

}  // namespace thin_tools
