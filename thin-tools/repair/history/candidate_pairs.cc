#include "thin-tools/repair/history/candidate_pairs.h"

#include <algorithm>
#include <map>
#include <set>

#include "thin-tools/repair/trees/device_trees.h"

namespace thin_tools {

using pdata::metadata_block;

namespace {

// Trees of past states may be many; those looked at are bounded.
constexpr std::size_t candidates_max = 4096;
// So are the pairs that are held against each other.
constexpr std::uint64_t compared_ids_max = std::uint64_t{1} << 28;

root_pair describe(metadata_block mapping_root, metadata_block details_root,
                   const details_table& details) {
  root_pair pair{.mapping_root = mapping_root,
                 .details_root = details_root,
                 .nr_devices = details.devices.size()};
  for (const auto& [id, device] : details.devices) {
    pair.nr_mappings += device.mapped_blocks;
    pair.newest_time = std::max({pair.newest_time, device.creation_time, device.snapshotted_time});
    pair.newest_transaction = std::max(pair.newest_transaction, device.transaction_id);
  }
  return pair;
}

std::vector<pdata::device_id> ids_of(const top_level& top) {
  std::vector<pdata::device_id> ids;
  for (const auto& [id, root] : top.roots) ids.push_back(id);
  return ids;
}

std::vector<pdata::device_id> ids_of(const details_table& details) {
  std::vector<pdata::device_id> ids;
  for (const auto& [id, device] : details.devices) ids.push_back(id);
  return ids;
}

// Devices in both less those in one only.
std::int64_t agreement(const std::vector<pdata::device_id>& a,
                       const std::vector<pdata::device_id>& b) {
  std::vector<pdata::device_id> common;
  std::ranges::set_intersection(a, b, std::back_inserter(common));
  const auto both = static_cast<std::int64_t>(common.size());
  return both - (static_cast<std::int64_t>(a.size() + b.size()) - 2 * both);
}

bool newer(const root_pair& a, const root_pair& b) {
  return std::tuple(a.newest_time, a.newest_transaction, a.nr_mappings, a.mapping_root) >
         std::tuple(b.newest_time, b.newest_transaction, b.nr_mappings, b.mapping_root);
}

// The tree of a device, whose nodes look like those of a top level.
bool maps_data(const device_scan& device, metadata_block root) {
  const auto leaf = device.children.some_leaf(root);
  return leaf && device.scan[*leaf].is_leaf_of(pdata::mapping_tree_shape) &&
         !device.scan[*leaf].names_blocks;
}

}  // namespace

std::optional<metadata_block> only_top_level(const device_scan& device,
                                             const std::vector<metadata_block>& roots) {
  std::optional<metadata_block> found;
  std::size_t most = 0;
  tree_allowance allowance(device);
  for (const auto root : roots) {
    if (!allowance.admits(root)) continue;
    const auto top = device.small_trees.top_level_at(root);
    const bool fits =
        !top->roots.empty() && std::ranges::all_of(top->roots, [&](const auto& entry) {
          return entry.second < device.scan.nr_blocks() &&
                 (std::ranges::binary_search(roots, entry.second) ||
                  device.scan[entry.second].is_leaf_of(pdata::mapping_tree_shape) ||
                  device.scan[entry.second].is == pdata::block_class::unusable ||
                  device.scan[entry.second].is == pdata::block_class::blank);
        });
    if (!fits || top->roots.size() < most) continue;
    found = top->roots.size() == most ? std::nullopt : std::optional(root);
    most = top->roots.size();
  }
  return found;
}

std::optional<root_pair> best_agreement(const device_scan& device,
                                        const std::vector<metadata_block>& mapping_roots,
                                        const std::vector<metadata_block>& details_roots) {
  std::optional<root_pair> best;
  std::int64_t best_score = 0;
  struct known_top {
    metadata_block root;
    std::vector<pdata::device_id> ids;
    bool damaged;
  };
  std::vector<known_top> tops;
  for (const auto root : mapping_roots) {
    if (tops.size() == candidates_max) break;
    if (maps_data(device, root)) continue;
    const auto top = device.small_trees.top_level_at(root);
    tops.push_back({root, ids_of(*top), top->damaged()});
  }
  std::uint64_t nr_compared = 0;
  for (const auto details_root : details_roots) {
    if (nr_compared > compared_ids_max) break;
    const auto known = device.small_trees.details_at(details_root);
    const auto& details = *known;
    const auto ids = ids_of(details);
    for (const auto& top : tops) {
      nr_compared += 1 + top.ids.size() + ids.size();
      const bool both_empty = top.ids.empty() && ids.empty() && !top.damaged && !details.damaged();
      const auto score = agreement(top.ids, ids);
      if (score < 0 || (score == 0 && !both_empty)) continue;
      const auto pair = describe(top.root, details_root, details);
      if (best && (score < best_score || (score == best_score && !newer(pair, *best)))) continue;
      best = pair;
      best_score = score;
    }
  }
  return best;
}

root_candidates find_candidates(const device_scan& device) {
  const auto& scan = device.scan;
  root_candidates found;
  tree_allowance details_allowance(device);
  tree_allowance mapping_allowance(device);
  const auto add_details = [&](metadata_block b) {
    if (details_allowance.admits(b)) found.details_roots.push_back(b);
  };
  const auto add_mapping = [&](metadata_block b) {
    if (mapping_allowance.admits(b)) found.mapping_roots.push_back(b);
  };
  for (metadata_block b = 0; b < scan.nr_blocks(); ++b) {
    const auto& block = scan[b];
    if (block.is == pdata::block_class::internal) {
      const auto leaf = device.children.some_leaf(b);
      if (leaf && scan[*leaf].is_leaf_of(pdata::details_tree_shape)) add_details(b);
      if (leaf && scan[*leaf].names_blocks && scan[*leaf].nr_entries != 0) add_mapping(b);
    } else if (block.is_leaf_of(pdata::details_tree_shape)) {
      add_details(b);
    } else if (block.is_leaf_of(pdata::top_level_tree_shape) && block.names_blocks) {
      add_mapping(b);
    }
  }
  return found;
}

namespace {

// How many mappings each device has.
using mapped_counts = std::vector<std::pair<pdata::device_id, std::uint64_t>>;

struct details_candidate {
  metadata_block root;
  details_table table;
};

std::multimap<mapped_counts, details_candidate> whole_details(
    const device_scan& device, const std::vector<metadata_block>& roots) {
  std::multimap<mapped_counts, details_candidate> found;
  for (const auto root : roots) {
    if (found.size() == candidates_max) break;
    auto table = *device.small_trees.details_at(root);
    if (table.damaged() || table.devices.empty()) continue;
    mapped_counts counts;
    for (const auto& [id, details] : table.devices) counts.emplace_back(id, details.mapped_blocks);
    found.emplace(std::move(counts), details_candidate{root, std::move(table)});
  }
  return found;
}

// By the trees; none: one of them is damaged.
std::optional<mapped_counts> count_mappings(mapping_forest& forest, const top_level& top) {
  mapped_counts counts;
  for (const auto& [id, root] : top.roots) {
    const auto node = forest.good_node(root);
    if (!node) return std::nullopt;
    const auto tree = forest.below(*node);
    if (tree.damaged) return std::nullopt;
    counts.emplace_back(id, tree.nr_values);
  }
  return counts;
}

}  // namespace

std::vector<root_pair> agreeing_pairs(const device_scan& device) {
  const auto candidates = find_candidates(device);
  const auto details = whole_details(device, candidates.details_roots);
  std::set<std::vector<pdata::device_id>> known_ids;
  for (const auto& [counts, each] : details) known_ids.insert(ids_of(each.table));
  std::vector<std::pair<metadata_block, top_level>> tops;
  std::vector<metadata_block> roots;
  for (const auto root : candidates.mapping_roots) {
    if (tops.size() == candidates_max) break;
    auto top = *device.small_trees.top_level_at(root);
    if (top.damaged() || !known_ids.contains(ids_of(top))) continue;
    for (const auto& [id, tree] : top.roots) roots.push_back(tree);
    tops.emplace_back(root, std::move(top));
  }
  mapping_forest forest(device.reader, device.scan.nr_blocks());
  forest.read(roots, [](const pdata::visited_leaf&) {});
  std::vector<root_pair> pairs;
  for (const auto& [root, top] : tops) {
    const auto counts = count_mappings(forest, top);
    if (!counts) continue;
    const auto [first, last] = details.equal_range(*counts);
    for (auto at = first; at != last && pairs.size() < candidates_max; ++at)
      pairs.push_back(describe(root, at->second.root, at->second.table));
  }
  std::ranges::sort(pairs, newer);
  return pairs;
}

}  // namespace thin_tools
