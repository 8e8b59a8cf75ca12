#include "thin-tools/repair/trees/device_trees.h"

#include <algorithm>
#include <memory>
#include <string>
#include <variant>

#include "persistent-data/base/error.h"
#include "persistent-data/base/sort_unique.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/damage_catalogue.h"

namespace thin_tools {

using pdata::entry_list;

namespace {

// Of a leaf with 8-byte values.
entry_list read_entries(pdata::block_device& device, pdata::metadata_block location) {
  const auto block = std::make_unique<pdata::block_buffer>();
  const auto outcome = device.read(location, block->span());
  if (!outcome.ok())
    pdata::throw_errno("Couldn't read again block", std::to_string(location),
                       outcome.errno_value());
  const auto parsed = pdata::node_view::parse(block->view());
  const auto* leaf = std::get_if<pdata::node_view>(&parsed);
  if (leaf == nullptr || !leaf->is_leaf() || leaf->value_size() != pdata::child_value_bytes)
    throw pdata::error("block " + std::to_string(location) + " is no longer the leaf it was");
  entry_list entries(pdata::child_value_bytes);
  for (std::uint32_t i = 0; i < leaf->nr_entries(); ++i) entries.add(leaf->key(i), leaf->value(i));
  return entries;
}

}  // namespace

entry_list put_together(pdata::block_device& device, const agreed_part& part,
                        const value_filter& possible) {
  const auto offered = read_entries(device, part.sources.front());
  std::vector<std::uint32_t> nr_subtrees(offered.size(), 1);
  for (std::size_t s = 1; s < part.sources.size(); ++s) {
    const auto other = read_entries(device, part.sources[s]);
    std::size_t at = 0;
    for (std::size_t i = 0; i < offered.size(); ++i) {
      while (at < other.size() && other.key(at) < offered.key(i)) ++at;
      if (at < other.size() && offered.same_entry(i, other, at)) ++nr_subtrees[i];
    }
  }
  entry_list agreed(pdata::child_value_bytes);
  for (std::size_t i = 0; i < offered.size(); ++i)
    if (nr_subtrees[i] == part.nr_subtrees && offered.key(i) >= part.first_key &&
        offered.key(i) <= part.last_key && possible(offered.value_u64(i)))
      agreed.add(offered.key(i), offered.value(i));
  return agreed;
}

entry_list put_together(pdata::block_device& device, const agreed_leaf& leaf,
                        const value_filter& possible) {
  entry_list all(pdata::child_value_bytes);
  for (const auto& part : leaf.parts) {
    const auto entries = put_together(device, part, possible);
    for (std::size_t i = 0; i < entries.size(); ++i) all.add(entries.key(i), entries.value(i));
  }
  if (all.size() != leaf.nr_entries)
    throw pdata::error("the leaves that subtrees agree about are others than before");
  return all;
}

using pdata::metadata_block;
using pdata::node_index;
using pdata::node_state;

std::optional<node_index> mapping_forest::good_node(metadata_block location) const {
  const auto index = graph_.find(location);
  if (!index || graph_.node(*index).state == node_state::bad) return std::nullopt;
  return index;
}

pdata::tree_judge::subtree mapping_forest::below(node_index good_node) {
  if (!is_agreed_leaf(good_node)) return judge_.examine(good_node);
  const auto& leaf = agreed(good_node);
  return {.nr_values = leaf.nr_entries,
          .first_key = leaf.first_key(),
          .last_key = leaf.last_key(),
          .height = 0,
          .empty = false};
}

node_index mapping_forest::add_agreed_leaf(const agreed_leaf& leaf) {
  const auto [at, is_new] = agreed_nodes_.try_emplace(leaf, static_cast<node_index>(nr_nodes()));
  if (is_new) agreed_.push_back(&at->first);
  return at->second;
}

void mapping_forest::fill(const hole_id& where, std::vector<graft> grafts) {
  std::ranges::sort(grafts, {}, [&](const graft& g) { return below(g.node).first_key; });
  grafts_[where] = std::move(grafts);
}

void mapping_forest::remove_agreements() {
  for (auto& [where, grafts] : grafts_)
    std::erase_if(grafts, [](const graft& each) { return each.by_agreement; });
}

const std::vector<graft>& mapping_forest::grafts_at(const hole_id& where) const {
  static const std::vector<graft> none;
  const auto found = grafts_.find(where);
  return found != grafts_.end() ? found->second : none;
}

forest_place mapping_forest::at_root(metadata_block location) const {
  const auto index = graph_.find(location);
  if (!index)
    return {
        {}, {location, 0}, {pdata::damage_id::block_out_of_range, graph_.nr_blocks(), location}};
  if (graph_.node(*index).state == node_state::bad)
    return {{}, {location, 0}, graph_.fault(*index)};
  return {.node = index, .id = {}, .why = {}};
}

forest_place mapping_forest::at_slot(node_index parent, std::uint32_t slot) {
  judge_.prepare(parent);
  const auto location = graph_.child(graph_.node(parent), slot);
  const auto* fault = judge_.edge_fault(parent, slot);
  if (fault == nullptr) return {.node = graph_.find(location), .id = {}, .why = {}};
  hole_id id{location, 0};
  if (good_node(location)) id.edge = (std::uint64_t{parent} << 16 | slot) + 1;
  return {{}, id, *fault};
}

std::string reason_for(const hole& found) {
  return pdata::describe({.id = found.why.id,
                          .where = pdata::structure::mapping_tree,
                          .location = found.id.location,
                          .expected = found.why.expected,
                          .actual = found.why.actual});
}

std::vector<metadata_block> device_roots(const top_level& top) {
  std::vector<metadata_block> roots;
  for (const auto& [id, root] : top.roots) roots.push_back(root);
  pdata::sort_unique(roots);
  return roots;
}

pool_forest read_forest(const repair_request& input, const pool_view& view,
                        std::vector<metadata_block> more) {
  pool_forest forest;
  for (const auto& [id, root] : view.top.roots) more.push_back(root);
  pdata::sort_unique(more);
  forest.leaves = std::make_unique<leaf_census>(view.nr_data_blocks_max, input.reader.nr_workers());
  if (const auto latest = latest_time(view)) forest.leaves->expect_times_to(*latest);
  forest.trees = std::make_unique<mapping_forest>(input.reader, input.nr_blocks);
  forest.trees->read(more, [&](const pdata::visited_leaf& leaf) {
    forest.leaves->count(leaf.worker, leaf.location, leaf.node);
  });
  forest.leaves->finish();
  forest.roots = std::move(more);
  return forest;
}

std::vector<lost_root> find_lost_roots(const device_scan& device, const reference_census& census,
                                       const chosen_roots& roots) {
  std::vector<lost_root> found;
  if (roots.snapshot_lost) return found;  // its trees would be taken for the pool's
  for (metadata_block b = 0; b < device.scan.nr_blocks(); ++b) {
    const auto nr_missing = census.missing(b);
    const auto& block = device.scan[b];
    if (nr_missing == 0) continue;
    const bool internal = block.is == pdata::block_class::internal;
    if (!internal && !block.is_leaf_of(pdata::mapping_tree_shape)) continue;
    if (internal && !device.children.is_tree_of(b, pdata::mapping_tree_shape)) continue;
    found.push_back({b, nr_missing});
  }
  return found;
}

std::vector<orphan> find_orphans(const mapping_forest& forest,
                                 const std::vector<lost_root>& roots) {
  std::vector<orphan> orphans;
  for (const auto& each : roots)
    if (const auto node = forest.good_node(each.location))
      orphans.push_back({*node, each.nr_missing});
  return orphans;
}

std::vector<orphan> unclaimed(const mapping_forest& forest, const pool_view& view,
                              std::vector<orphan> orphans) {
  std::map<metadata_block, std::uint32_t> used;
  for (const auto& [id, why] : view.guessed_trees) ++used[view.top.roots.at(id)];
  std::erase_if(orphans, [&](orphan& each) {
    const auto found = used.find(forest.graph().node(each.root).location);
    if (found != used.end()) each.nr_missing -= std::min(each.nr_missing, found->second);
    return each.nr_missing == 0;
  });
  return orphans;
}

}  // namespace thin_tools
