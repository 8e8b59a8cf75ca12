#include "thin-tools/report/survey.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <ranges>
#include <unordered_map>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/btree/tree_graph.h"
#include "persistent-data/btree/tree_judge.h"
#include "persistent-data/btree/tree_sharing.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/format/mapping_value.h"
#include "persistent-data/space-map/space_map_reader.h"
#include "persistent-data/survey/small_trees.h"
#include "thin-tools/report/bins.h"
#include "thin-tools/report/owner_counts.h"
#include "thin-tools/report/stretch.h"

namespace thin_tools::report {

using namespace pdata;

namespace {

tree_facts facts_of(const tree_graph& graph) {
  tree_facts facts;
  const auto room = max_node_entries(graph.shape().value_size);
  for (node_index index = 0; index < graph.nr_nodes(); ++index) {
    const auto& node = graph.node(index);
    switch (node.state) {
      case node_state::leaf:
        ++facts.leaves;
        facts.entries += node.nr_entries;
        facts.room += room;
        break;
      case node_state::internal:
        ++facts.internal_nodes;
        break;
      case node_state::bad:
        ++facts.unreadable_nodes;
        break;
      case node_state::unread:
      case node_state::skipped:
        break;
    }
  }
  return facts;
}

std::uint64_t depth_of(const tree_graph& graph, tree_judge& judge, metadata_block root) {
  const auto index = graph.find(root);
  if (!index || graph.node(*index).state == node_state::bad) return 0;
  return static_cast<std::uint64_t>(judge.examine(*index).depth);
}

tree_facts measure(batch_reader& reader, const tree_shape& shape, metadata_block root,
                   metadata_block nr_blocks) {
  tree_graph graph(reader, shape, nr_blocks);
  const leaf_visitor nothing = [](const visited_leaf&) {};
  graph.add({&root, 1}, &nothing);
  tree_judge judge(graph);
  auto facts = facts_of(graph);
  facts.depth = depth_of(graph, judge, root);
  if (root >= nr_blocks) ++facts.unreadable_nodes;
  return facts;
}

class surveyor {
 public:
  surveyor(batch_reader& reader, const pool_layout& layout)
      : reader_(reader),
        layout_(layout),
        graph_(reader, mapping_tree_shape, layout.nr_metadata_blocks) {}

  pool_contents run() {
    describe_pool();
    read_devices();
    read_mappings();
    measure_small_trees();
    if (!layout_.from_snapshot) measure_space_maps();
    found_.whole &= found_.complete && std::ranges::all_of(found_.trees, [](const auto& tree) {
                      return tree.facts.unreadable_nodes == 0;
                    });
    return std::move(found_);
  }

 private:
  using node_sums = std::unordered_map<node_index, stretch>;

  void describe_pool();
  void read_devices();
  void read_mappings();
  bool edges_differ(const tree_judge& expected, const tree_judge& found) const;
  void read_again(owner_counts& owners);
  node_sums sum_up(const tree_sharing& sharing, const tree_judge& judge) const;
  stretch below(node_index index, const node_sums& sums) const;
  void describe_device(device_picture& device, metadata_block root, tree_judge& judge,
                       const node_sums& sums) const;
  void attribute_blocks(owner_counts& owners, const std::vector<std::size_t>& places);
  void sort_groups();
  void describe_forest();
  void measure_small_trees();
  void measure_space_maps();

  batch_reader& reader_;
  const pool_layout& layout_;
  tree_graph graph_;
  std::vector<leaf_stretch> leaves_;  // by node
  std::map<device_id, metadata_block> roots_;
  pool_contents found_;
};

void surveyor::describe_pool() {
  const superblock& sb = layout_.chosen();
  found_.view = layout_.view();
  found_.snapshot_location = layout_.snapshot_location;
  found_.transaction = sb.transaction_id;
  found_.time = sb.time;
  found_.block_sectors = sb.data_block_size;
  found_.data_blocks = layout_.nr_data_blocks;
  found_.data_blocks_used = layout_.active.data_space_map.nr_allocated;
  found_.metadata = usage_of(layout_.active);
}

void surveyor::read_devices() {
  silent_sink known;
  const auto details = read_details(reader_, layout_, known);
  auto table = read_top_level(reader_, layout_, known);
  roots_ = std::move(table.roots);
  found_.complete = !details.damaged() && !table.damaged();
  auto root = roots_.begin();
  const auto add = [&](device_id id) -> device_picture& {
    return found_.devices.emplace_back(device_picture{.id = id});
  };
  for (const auto& [id, values] : details.devices) {
    for (; root != roots_.end() && root->first < id; ++root) add(root->first).has_tree = true;
    auto& device = add(id);
    device.details = values;
    if (root == roots_.end() || root->first != id) continue;
    device.has_tree = true;
    ++root;
  }
  for (; root != roots_.end(); ++root) add(root->first).has_tree = true;

  found_.device_transactions = bins_up_to(found_.transaction);
  for (const auto& [id, values] : details.devices)
    if (values.transaction_id <= found_.transaction)
      ++found_.device_transactions[bin_of(values.transaction_id, found_.transaction)].count;
}

void surveyor::read_mappings() {
  std::vector<metadata_block> roots;
  for (const auto& [id, root] : roots_) roots.push_back(root);
  graph_.add(roots, nullptr);
  leaves_.resize(graph_.nr_nodes());
  tree_judge expected(graph_);
  const tree_sharing expected_sharing(graph_, expected, roots);
  const auto* sharing = &expected_sharing;
  auto owners = make_owner_counts(*sharing, layout_, roots.size(), reader_);
  graph_.read_leaves([&](const visited_leaf& leaf) {
    leaves_[leaf.index] = leaf_stretch::of(leaf.node);
    owners->count(leaf.worker, leaf.index, leaf.node);
  });

  tree_judge judge(graph_);
  for (const auto root : roots)
    if (const auto index = graph_.find(root)) judge.prepare(*index);
  std::optional<tree_sharing> exact;
  if (edges_differ(expected, judge)) {
    sharing = &exact.emplace(graph_, judge, roots);
    owners.reset();
    owners = make_owner_counts(*sharing, layout_, roots.size(), reader_);
    read_again(*owners);
  }

  std::vector<std::size_t> places;  // of owners in the list of devices
  for (std::size_t i = 0; i < found_.devices.size(); ++i)
    if (found_.devices[i].has_tree) places.push_back(i);
  const auto sums = sum_up(*sharing, judge);
  for (std::size_t owner = 0; owner < places.size(); ++owner)
    describe_device(found_.devices[places[owner]], roots[owner], judge, sums);
  owners->finish(found_);
  attribute_blocks(*owners, places);
  describe_forest();
}

// Whether nodes, now that the leaves were read, do not belong where they were expected.
bool surveyor::edges_differ(const tree_judge& expected, const tree_judge& found) const {
  for (node_index index = 0; index < graph_.nr_nodes(); ++index) {
    const auto& parent = graph_.node(index);
    if (parent.state != node_state::internal) continue;
    for (std::uint32_t slot = 0; slot < parent.nr_entries; ++slot) {
      if ((expected.edge_fault(index, slot) == nullptr) ==
          (found.edge_fault(index, slot) == nullptr))
        continue;
      const auto child = graph_.find(graph_.child(parent, slot));
      if (child && graph_.node(*child).state != node_state::bad) return true;
    }
  }
  return false;
}

void surveyor::read_again(owner_counts& owners) {
  std::vector<metadata_block> locations;
  for (node_index index = 0; index < graph_.nr_nodes(); ++index)
    if (graph_.node(index).state == node_state::leaf)
      locations.push_back(graph_.node(index).location);
  std::ranges::sort(locations);
  reader_.read(locations, [&](const read_block& block) {
    const auto outcome = tree_graph::examine(block, mapping_tree_shape);
    const auto* node = std::get_if<node_view>(&outcome);
    if (node != nullptr && node->is_leaf())
      owners.count(block.worker, *graph_.find(block.location), *node);
  });
}

stretch surveyor::below(node_index index, const node_sums& sums) const {
  const auto& node = graph_.node(index);
  if (node.state == node_state::internal) return sums.at(index);
  if (node.state != node_state::leaf) return {};
  return {leaves_[index], node.first_key, node.last_key, node.nr_entries};
}

// Of the internal nodes.
surveyor::node_sums surveyor::sum_up(const tree_sharing& sharing, const tree_judge& judge) const {
  node_sums sums;
  for (const auto index : std::views::reverse(sharing.parents_first())) {
    const auto& parent = graph_.node(index);
    stretch all;
    all.count_internal_node();
    for (std::uint32_t slot = 0; slot < parent.nr_entries; ++slot)
      if (judge.edge_fault(index, slot) == nullptr)
        all.append(below(*graph_.find(graph_.child(parent, slot)), sums));
    sums.emplace(index, std::move(all));
  }
  return sums;
}

void surveyor::describe_device(device_picture& device, metadata_block root, tree_judge& judge,
                               const node_sums& sums) const {
  device.whole = !judge.verdict(root).damaged;
  const auto index = graph_.find(root);
  if (!index || graph_.node(*index).state == node_state::bad) {
    device.tree.unreadable_nodes = 1;
    return;
  }
  const auto all = below(*index, sums);
  device.mapped = all.mapped();
  device.layout = all.layout();
  device.oldest = all.oldest();
  device.newest = all.newest();
  if (all.mapped() != 0) device.highest = all.last_key();
  device.tree = {
      .depth = depth_of(graph_, judge, root),
      .internal_nodes = all.internal_nodes(),
      .leaves = all.leaves(),
      .entries = all.mapped(),
      .room =
          checked_mul(all.leaves(), max_node_entries(mapping_value_bytes)).value_or(UINT64_MAX)};
}

void surveyor::attribute_blocks(owner_counts& owners, const std::vector<std::size_t>& places) {
  std::map<std::uint32_t, std::size_t> group_of;  // by the lowest owner
  for (std::uint32_t owner = 0; owner < places.size(); ++owner) {
    auto& device = found_.devices[places[owner]];
    const auto [at, is_new] = group_of.emplace(owners.together().find(owner), found_.groups.size());
    if (is_new) found_.groups.emplace_back();
    device.group = at->second;
    found_.groups[at->second].devices.push_back(device.id);
  }
  page::data_map_builder map(layout_.nr_data_blocks);
  owners.for_each_run(
      [&](data_block first, std::uint64_t count, std::uint32_t owner, page::mapped_by how_many) {
        auto& device = found_.devices[places[owner]];
        auto& group = found_.groups[device.group];
        map.blocks(first, count, device.id, how_many);
        found_.mapped_blocks += count;
        group.blocks += count;
        if (how_many == page::mapped_by::several) {
          found_.shared_blocks += count;
          return;
        }
        device.exclusive += count;
        group.exclusive += count;
      });
  found_.map = map.finish();
  sort_groups();
}

void surveyor::sort_groups() {
  std::vector<std::size_t> order(found_.groups.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](std::size_t i) { return found_.groups[i].blocks; });
  std::vector<std::size_t> place(order.size());
  std::vector<device_group> sorted;
  for (std::size_t i = 0; i < order.size(); ++i) {
    place[order[i]] = i;
    sorted.push_back(std::move(found_.groups[order[i]]));
  }
  found_.groups = std::move(sorted);
  for (auto& device : found_.devices)
    if (device.has_tree) device.group = place[device.group];
}

void surveyor::describe_forest() {
  auto forest = facts_of(graph_);
  for (const auto& device : found_.devices) {
    forest.depth = std::max(forest.depth, device.tree.depth);
    found_.layout.add(device.layout);
    found_.mappings += device.mapped;
    found_.complete &= device.whole;
  }
  const auto room = max_node_entries(mapping_value_bytes);
  for (node_index index = 0; index < graph_.nr_nodes(); ++index) {
    const auto& node = graph_.node(index);
    if (node.state != node_state::leaf) continue;
    const auto step = std::size_t{node.nr_entries} * fill_steps / room;
    ++found_.leaf_fill[std::min(step, fill_steps - 1)];
  }
  found_.trees.push_back({"mappings", forest});
}

void surveyor::measure_small_trees() {
  const auto add = [&](const char* what, const tree_shape& shape, metadata_block root) {
    found_.trees.push_back({what, measure(reader_, shape, root, layout_.nr_metadata_blocks)});
  };
  add("devices (top level)", top_level_tree_shape, layout_.mapping_root);
  add("device details", details_tree_shape, layout_.details_root);
}

void surveyor::measure_space_maps() {
  const auto nr_nodes = [&](std::string_view what) {
    return std::ranges::find(found_.trees, what, &named_tree::what)->facts.nodes();
  };
  const auto tree = [&](const char* what, const tree_shape& shape, metadata_block root) {
    found_.trees.push_back({what, measure(reader_, shape, root, layout_.nr_metadata_blocks)});
    return found_.trees.back().facts.nodes();
  };
  const auto bitmaps = [&](space_map_kind kind, const space_map_root& root,
                           std::uint64_t nr_blocks) {
    damage_list findings;
    ref_counts unused(layout_.nr_metadata_blocks);
    space_map_reader map(reader_, kind, root, nr_blocks, layout_.nr_metadata_blocks);
    map.open(unused, findings);
    found_.whole &= std::ranges::none_of(findings.findings, [](const damage& finding) {
      return catalogue_row(finding.id).severity == severity::fatal;
    });
    return static_cast<std::uint64_t>(
        std::ranges::count_if(map.index(), [](const auto& entry) { return entry.has_value(); }));
  };
  const superblock& sb = layout_.active;
  const auto data_trees =
      tree("index of the data space map", data_index_tree_shape, sb.data_space_map.bitmap_root) +
      tree("data counts of three and more", data_overflow_tree_shape,
           sb.data_space_map.ref_count_root);
  const auto metadata_trees =
      tree("metadata counts of three and more", metadata_overflow_tree_shape,
           sb.metadata_space_map.ref_count_root);
  found_.metadata_parts = {
      {"superblock", 1},
      {"mappings", nr_nodes("mappings")},
      {"devices (top level)", nr_nodes("devices (top level)")},
      {"device details", nr_nodes("device details")},
      {"data space map",
       data_trees + bitmaps(space_map_kind::data, sb.data_space_map, layout_.nr_data_blocks)},
      {"metadata space map",
       metadata_trees + 1 +
           bitmaps(space_map_kind::metadata, sb.metadata_space_map,
                   std::min<pdata::metadata_block>(sb.metadata_space_map.nr_blocks,
                                                   layout_.nr_metadata_blocks))},
  };
}

}  // namespace

pool_contents survey(batch_reader& reader, const pool_layout& layout) {
  return surveyor(reader, layout).run();
}

}  // namespace thin_tools::report
