#include "thin-tools/repair/owners/device_matcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <set>

#include "persistent-data/format/btree_node.h"
#include "thin-tools/repair/placement/hidden_nodes.h"
#include "thin-tools/repair/placement/matching.h"
#include "thin-tools/repair/trees/forest_order.h"

namespace thin_tools {

using pdata::device_id;
using pdata::metadata_block;

namespace {

struct open_tree {
  metadata_block root = 0;
  std::uint32_t nr_missing = 0;
};

// An older copy of a leaf of the top level tree.
struct old_leaf {
  metadata_block location = 0;
  std::map<device_id, metadata_block> roots;
};

class matcher {
 public:
  matcher(const device_scan& device, mapping_forest& forest,
          const std::map<device_id, pdata::device_details>& devices)
      : reader_(device.reader), scan_(device.scan), forest_(forest) {
    for (const auto& [id, details] : devices) devices_[details.mapped_blocks].push_back(id);
  }

  void add(const orphan& tree) {
    const auto below = forest_.below(tree.root);
    const auto root = forest_.graph().node(tree.root).location;
    if (!below.damaged) trees_[below.nr_values].push_back({root, tree.nr_missing});
  }

  std::map<device_id, device_match> match() {
    for (auto& [count, ids] : devices_) match_by_count(ids, trees_[count], count);
    match_by_old_leaves();
    match_the_rest();
    return std::move(matches_);
  }

 private:
  void match_by_count(const std::vector<device_id>& ids, const std::vector<open_tree>& trees,
                      std::uint64_t count) {
    std::uint64_t nr_missing = 0;
    for (const auto& tree : trees) nr_missing += tree.nr_missing;
    if (nr_missing < ids.size()) return;
    // Empty trees are as good as each other.
    if (trees.size() != 1 && count != 0) return;
    if (count != 0 && nr_missing != ids.size()) return;
    for (const auto id : ids)
      matches_[id] = {trees.front().root,
                      fmt::format("the only tree(s) with {} mappings, as its details say", count)};
  }

  // Where all but one of several equals found their trees, the last one has too.
  void match_the_rest() {
    for (auto& [count, ids] : devices_) {
      auto trees = trees_[count];
      std::vector<device_id> rest;
      for (const auto id : ids) {
        const auto match = matches_.find(id);
        if (match == matches_.end()) {
          rest.push_back(id);
          continue;
        }
        const auto tree = std::ranges::find(trees, match->second.root, &open_tree::root);
        if (tree != trees.end() && tree->nr_missing != 0) --tree->nr_missing;
      }
      std::erase_if(trees, [](const open_tree& tree) { return tree.nr_missing == 0; });
      if (!rest.empty() && rest.size() != ids.size()) match_by_count(rest, trees, count);
    }
  }

  std::vector<old_leaf> read_old_leaves();
  void match_by_old_leaves();
  bool agrees(const old_leaf& leaf) const;

  pdata::batch_reader& reader_;
  const pdata::block_scan& scan_;
  mapping_forest& forest_;
  std::map<std::uint64_t, std::vector<device_id>> devices_;  // by mapped blocks
  std::map<std::uint64_t, std::vector<open_tree>> trees_;    // by mappings
  std::map<device_id, device_match> matches_;
};

std::vector<old_leaf> matcher::read_old_leaves() {
  std::vector<metadata_block> wanted;
  for (metadata_block b = 0; b < scan_.nr_blocks(); ++b)
    if (scan_[b].is_leaf_of(pdata::top_level_tree_shape) && scan_[b].names_blocks &&
        scan_[b].nr_entries != 0)
      wanted.push_back(b);
  std::vector<old_leaf> found;
  std::mutex mutex;
  reader_.read(wanted, [&](const pdata::read_block& block) {
    if (!block.outcome.ok()) return;
    const auto outcome = pdata::node_view::parse(block.bytes);
    const auto* node = std::get_if<pdata::node_view>(&outcome);
    if (node == nullptr) return;
    old_leaf leaf{block.location, {}};
    for (std::uint32_t i = 0; i < node->nr_entries(); ++i)
      leaf.roots[node->key(i)] = node->value_u64(i);
    const std::lock_guard lock(mutex);
    found.push_back(std::move(leaf));
  });
  std::ranges::sort(found, {}, &old_leaf::location);
  return found;
}

// A copy from shortly before the damage says nothing else of the devices that
// are known by their counts, but for those that were written to since.
bool matcher::agrees(const old_leaf& leaf) const {
  std::map<metadata_block, std::set<device_id>> known;
  for (const auto& [id, match] : matches_) known[match.root].insert(id);
  return std::ranges::all_of(leaf.roots, [&](const auto& entry) {
    const auto owner = known.find(entry.second);
    return owner == known.end() || owner->second.contains(entry.first) ||
           forest_.below(*forest_.good_node(entry.second)).empty;
  });
}

void matcher::match_by_old_leaves() {
  struct tree_facts {
    std::uint64_t nr_mappings;
    std::uint32_t nr_missing;
  };
  std::map<metadata_block, tree_facts> open;
  std::map<device_id, std::uint64_t> wanted;
  for (const auto& [count, ids] : devices_)
    for (const auto id : ids)
      if (!matches_.contains(id)) wanted[id] = count;
  if (wanted.empty()) return;
  for (const auto& [count, trees] : trees_)
    for (const auto& tree : trees) open[tree.root] = {count, tree.nr_missing};
  std::map<device_id, std::set<metadata_block>> claims;
  std::map<metadata_block, std::set<device_id>> claimed_by;
  std::map<device_id, metadata_block> source;
  for (const auto& leaf : read_old_leaves()) {
    if (!agrees(leaf)) continue;
    for (const auto& [id, root] : leaf.roots) {
      const auto tree = open.find(root);
      if (tree == open.end()) continue;
      claimed_by[root].insert(id);
      if (const auto device = wanted.find(id);
          device != wanted.end() && device->second == tree->second.nr_mappings) {
        claims[id].insert(root);
        source[id] = leaf.location;
      }
    }
  }
  for (const auto& [id, roots] : claims) {
    const auto root = *roots.begin();
    if (roots.size() != 1 || claimed_by[root].size() != open.at(root).nr_missing) continue;
    matches_[id] = {root,
                    fmt::format("named by an older copy of the top level tree in block {}, and its "
                                "details say as many mappings",
                                source[id])};
  }
}

}  // namespace

std::map<device_id, device_match> match_devices(
    const device_scan& device, mapping_forest& forest,
    const std::map<device_id, pdata::device_details>& devices, const std::vector<orphan>& trees) {
  matcher matching(device, forest, devices);
  for (const auto& tree : trees) matching.add(tree);
  return matching.match();
}

void regain_device_trees(const device_scan& device, pool_view& view, mapping_forest& forest,
                         const std::vector<orphan>& orphans) {
  std::map<device_id, pdata::device_details> wanted;
  for (const auto& [id, details] : view.details.devices)
    if (!view.top.roots.contains(id)) wanted.emplace(id, details);
  if (wanted.empty()) return;
  for (auto& [id, match] :
       match_devices(device, forest, wanted, unclaimed(forest, view, orphans))) {
    view.top.roots[id] = match.root;
    view.guessed_trees[id] = fmt::format("its tree in block {}: {}", match.root, match.reason);
  }
}

namespace {

// How many leaves of the tree cannot be read; none: something else cannot, either, or there are
// too many to look at.
std::optional<std::uint64_t> unread_leaves(mapping_forest& forest, metadata_block root,
                                           std::uint64_t& nr_looks) {
  std::uint64_t nr_leaves = 0;
  bool only_leaves = true;
  list_holes(forest, root, nr_looks, [&](const hole& found) {
    ++nr_leaves;
    only_leaves = found.height == 0;
    return only_leaves;
  });
  if (!only_leaves || nr_looks == 0) return std::nullopt;
  return nr_leaves;
}

}  // namespace

void regain_damaged_trees(const device_scan& device, const reference_census& census,
                          pool_view& view, mapping_forest& forest,
                          const std::vector<orphan>& orphans) {
  constexpr std::uint64_t leaf_values_max = pdata::max_node_entries(pdata::child_value_bytes);
  constexpr std::size_t trees_max = 1024;
  std::vector<std::pair<device_id, std::uint64_t>> wanted;
  for (const auto& [id, details] : view.details.devices)
    if (!view.top.roots.contains(id)) wanted.emplace_back(id, details.mapped_blocks);
  const auto trees = unclaimed(forest, view, orphans);
  if (wanted.empty() || view.details.damaged() || trees.size() > trees_max ||
      wanted.size() > trees_max)
    return;
  // No node that cannot be read has lost a parent: it may be none of a device's roots.
  const auto hidden = find_hidden_nodes(device, view.roots, census);
  if (!hidden.all_known || hidden.count != 0) return;
  owner_puzzle puzzle{.trees = {}, .nr_devices = wanted.size()};
  std::size_t nr_owners = 0;
  std::uint64_t nr_looks = std::uint64_t{1} << 24;  // for all trees
  for (const auto& each : trees) {
    const auto root = forest.graph().node(each.root).location;
    const auto nr_unread = unread_leaves(forest, root, nr_looks);
    const auto below = forest.below(each.root);
    if (!nr_unread || below.in_progress) return;
    owner_puzzle::tree tree{.nr_owners = each.nr_missing, .may_have_newcomers = false};
    for (std::size_t i = 0; i < wanted.size(); ++i)
      if (wanted[i].second >= below.nr_values &&
          wanted[i].second <= below.nr_values + *nr_unread * leaf_values_max)
        tree.owners.push_back(i);
    nr_owners += each.nr_missing;
    puzzle.trees.push_back(std::move(tree));
  }
  if (nr_owners != wanted.size()) return;
  const auto answers = solve(puzzle);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!answers[i].sure) continue;
    const auto id = wanted[i].first;
    const auto root = forest.graph().node(trees[*answers[i].sure].root).location;
    view.top.roots[id] = root;
    view.guessed_trees[id] = fmt::format(
        "its tree in block {}: no other can have as many mappings as its details say", root);
  }
}

namespace {

// A live block that cannot be read and that no readable node refers to.
std::optional<metadata_block> lost_root_block(const device_scan& device,
                                              const reference_census& census,
                                              const chosen_roots& roots) {
  for (metadata_block b = 1; b < device.scan.nr_blocks(); ++b) {
    const auto is = device.scan[b].is;
    const bool gone = is == pdata::block_class::unusable || is == pdata::block_class::blank;
    if (gone && roots.counts.live(b) && census.refs(b) == 0 && b != roots.mapping_root &&
        b != roots.details_root)
      return b;
  }
  return std::nullopt;
}

// Of subtrees whose keys do not overlap; nothing if any is damaged or wanted twice.
std::optional<std::uint64_t> values_of_siblings(mapping_forest& forest,
                                                const std::vector<orphan>& orphans) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  std::uint64_t sum = 0;
  for (const auto& each : orphans) {
    const auto tree = forest.below(each.root);
    if (tree.damaged || tree.in_progress || tree.empty || each.nr_missing != 1) return std::nullopt;
    sum += tree.nr_values;
    ranges.emplace_back(tree.first_key, tree.last_key);
  }
  std::ranges::sort(ranges);
  for (std::size_t i = 1; i < ranges.size(); ++i)
    if (ranges[i].first <= ranges[i - 1].second) return std::nullopt;
  return sum;
}

}  // namespace

void regain_scattered_tree(const device_scan& device, const reference_census& census,
                           pool_view& view, mapping_forest& forest, std::vector<orphan>& orphans) {
  std::optional<device_id> treeless;
  for (const auto& [id, details] : view.details.devices) {
    if (view.top.roots.contains(id)) continue;
    if (treeless) return;
    treeless = id;
  }
  if (!treeless || view.details.damaged()) return;
  const auto expected = view.details.devices.at(*treeless).mapped_blocks;
  const auto rest = unclaimed(forest, view, orphans);
  const auto root = lost_root_block(device, census, view.roots);
  if (expected == 0 || !root || values_of_siblings(forest, rest) != expected) return;
  std::vector<graft> children;
  for (const auto& each : rest) children.push_back({each.root});
  forest.fill({*root, 0}, std::move(children));
  view.top.roots[*treeless] = *root;
  view.guessed_trees[*treeless] = fmt::format(
      "its tree of {} subtrees that lost their parent: no other device lacks mappings, and they "
      "have as many as its details say",
      rest.size());
  orphans.clear();
}

}  // namespace thin_tools
