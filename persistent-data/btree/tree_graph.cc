#include "persistent-data/btree/tree_graph.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <ranges>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/format/damage_catalogue.h"
#include "persistent-data/io/validate.h"

namespace pdata {

namespace {

// Deeper than any tree of 2^64 keys with nodes a third full, with room for
// unbalanced ones. A probe that goes deeper is running in circles.
constexpr std::size_t probe_depth_max = 64;
constexpr std::uint32_t probe_children_max = 8;

}  // namespace

tree_graph::tree_graph(batch_reader& reader, tree_shape shape, metadata_block nr_blocks)
    : reader_(reader), shape_(shape), index_of_(std::min(nr_blocks, max_metadata_blocks)) {}

std::optional<node_index> tree_graph::find(metadata_block location) const {
  if (location >= nr_blocks()) return std::nullopt;
  const auto index = index_of_.get(location);
  if (index == block_map::none) return std::nullopt;
  return index;
}

std::uint64_t tree_graph::key(const graph_node& parent, std::uint32_t slot) const {
  REQUIRE(parent.state == node_state::internal && slot < parent.nr_entries);
  return keys_[parent.entries_at + slot];
}

metadata_block tree_graph::child(const graph_node& parent, std::uint32_t slot) const {
  REQUIRE(parent.state == node_state::internal && slot < parent.nr_entries);
  return children_[parent.entries_at + slot];
}

const node_fault& tree_graph::fault(node_index bad_node) const {
  const auto found = faults_.find(bad_node);
  REQUIRE(found != faults_.end());
  return found->second;
}

void tree_graph::add_leaf_fault(node_index leaf, const leaf_fault& fault) {
  const std::lock_guard lock(mutex_);
  leaf_faults_[leaf].push_back(fault);
}

std::span<const leaf_fault> tree_graph::leaf_faults(node_index leaf) const {
  const auto found = leaf_faults_.find(leaf);
  if (found == leaf_faults_.end()) return {};
  return found->second;
}

std::variant<node_view, node_fault> tree_graph::examine(block_view bytes, metadata_block location,
                                                        const tree_shape& shape) {
  if (const auto why = validate(bytes, block_kind::btree_node, location)) return *why;
  auto outcome = node_view::parse(bytes);
  const auto* node = std::get_if<node_view>(&outcome);
  if (node != nullptr && node->is_leaf() && node->value_size() != shape.value_size)
    return node_fault{damage_id::node_value_size, shape.value_size, node->value_size()};
  return outcome;
}

std::variant<node_view, node_fault> tree_graph::examine(const read_block& block,
                                                        const tree_shape& shape) {
  if (!block.outcome.ok()) return unreadable(block.outcome);
  return examine(block.bytes, block.location, shape);
}

node_index tree_graph::register_node(metadata_block location) {
  const auto known = index_of_.get(location);
  if (known != block_map::none) {
    ++nodes_[known].nr_refs;
    return known;
  }
  const auto index = static_cast<node_index>(nodes_.size());
  nodes_.push_back({.location = static_cast<std::uint32_t>(location), .nr_refs = 1});
  index_of_.set(location, index);
  return index;
}

void tree_graph::mark_bad(node_index index, const node_fault& why) {
  const std::lock_guard lock(mutex_);
  nodes_[index].state = node_state::bad;
  faults_[index] = why;
}

std::vector<tree_graph::frontier_node> tree_graph::register_roots(
    std::span<const metadata_block> roots) {
  std::vector<frontier_node> level;
  for (const auto root : roots) {
    if (root >= nr_blocks()) continue;
    const auto before = nodes_.size();
    const auto index = register_node(root);
    nodes_[index].is_root = true;
    const bool is_new = nodes_.size() > before;
    if (is_new) level.push_back({index, -1});
  }
  return level;
}

void tree_graph::add(std::span<const metadata_block> roots, const leaf_visitor* visit) {
  auto level = register_roots(roots);
  while (!level.empty()) {
    read_level(level, visit);
    level = next_level(level, visit == nullptr ? leaf_reading::later : leaf_reading::now);
  }
}

// The highest nodes first: those of one height are all known before the first of
// them is read.
void tree_graph::add_differing(std::span<const metadata_block> roots) {
  auto frontier = register_roots(roots);
  while (!frontier.empty()) {
    std::vector<frontier_node> level;
    std::vector<frontier_node> lower;
    const auto height = std::ranges::max(frontier, {}, &frontier_node::height).height;
    for (const auto& entry : frontier) {
      if (entry.height >= 0 && entry.height != height)
        lower.push_back(entry);
      else if (nodes_[entry.index].nr_refs > 1)
        nodes_[entry.index].state = node_state::skipped;
      else
        level.push_back(entry);
    }
    read_level(level, nullptr);
    frontier = next_level(level, leaf_reading::later);
    frontier.insert(frontier.end(), lower.begin(), lower.end());
  }
}

void tree_graph::read_leaves(const leaf_visitor& visit) {
  std::vector<frontier_node> leaves;
  for (node_index index = 0; index < nodes_.size(); ++index)
    if (nodes_[index].state == node_state::unread) leaves.push_back({index, 0});
  read_level(leaves, &visit);
  for (const auto& leaf : leaves)
    if (nodes_[leaf.index].state == node_state::internal)
      mark_bad(leaf.index, {damage_id::node_depth, 0, 1});
}

// Levels of millions of nodes are sorted as one number for each, and read in parts.
void tree_graph::read_level(std::span<const frontier_node> level, const leaf_visitor* visit) {
  constexpr std::size_t part_nodes = std::size_t{1} << 16;
  constexpr int index_bits = std::numeric_limits<node_index>::digits;
  std::vector<std::uint64_t> wanted;
  wanted.reserve(level.size());
  for (const auto& entry : level) {
    const std::uint64_t location = nodes_[entry.index].location;
    wanted.push_back(location << index_bits | entry.index);
  }
  std::ranges::sort(wanted);
  std::vector<metadata_block> locations;
  for (std::size_t first = 0; first < wanted.size(); first += part_nodes) {
    const auto part = std::span(wanted).subspan(first, std::min(part_nodes, wanted.size() - first));
    locations.clear();
    for (const auto packed : part) locations.push_back(packed >> index_bits);
    reader_.read(locations, [&](const read_block& block) {
      take(block, static_cast<node_index>(part[block.index]), visit);
    });
  }
}

void tree_graph::take(const read_block& block, node_index index, const leaf_visitor* visit) {
  const auto outcome = examine(block, shape_);
  if (const auto* why = std::get_if<node_fault>(&outcome)) return mark_bad(index, *why);

  // Workers write to distinct nodes, so the summary itself needs no lock.
  const auto& node = std::get<node_view>(outcome);
  auto& summary = nodes_[index];
  summary.nr_entries = static_cast<std::uint16_t>(node.nr_entries());
  if (!node.empty()) {
    summary.first_key = node.first_key();
    summary.last_key = node.last_key();
  }
  remark_on(index, node);
  if (node.is_leaf()) {
    summary.state = visit != nullptr ? node_state::leaf : node_state::unread;
    if (visit != nullptr) (*visit)({block.worker, index, block.location, node});
    return;
  }
  const std::lock_guard lock(mutex_);
  summary.state = node_state::internal;
  summary.entries_at = static_cast<std::uint32_t>(keys_.size());
  for (std::uint32_t i = 0; i < node.nr_entries(); ++i) {
    keys_.push_back(node.key(i));
    children_.push_back(node.value_u64(i));
  }
}

void tree_graph::remark_on(node_index index, const node_view& node) {
  const auto add = [&](damage_id id, std::uint64_t expected, std::uint64_t actual) {
    const std::lock_guard lock(mutex_);
    remarks_.push_back({index, {id, expected, actual}});
  };
  if (node.max_entries() % 3 != 0)
    add(damage_id::node_max_entries_odd, max_node_entries(node.value_size()), node.max_entries());
  if (node.padding() != 0) add(damage_id::node_padding, 0, node.padding());
  if (!nodes_[index].is_root && node.nr_entries() < node.max_entries() / 3)
    add(damage_id::node_underfull, node.max_entries() / 3, node.nr_entries());
}

std::vector<tree_graph::frontier_node> tree_graph::next_level(std::span<const frontier_node> level,
                                                              leaf_reading when) {
  const bool defer_leaves = when == leaf_reading::later;
  std::vector<frontier_node> next;
  std::uint64_t nr_children = 0;
  for (const auto& entry : level)
    if (nodes_[entry.index].state == node_state::internal)
      nr_children += nodes_[entry.index].nr_entries;
  nr_children = std::min<std::uint64_t>(nr_children, nr_blocks() - nodes_.size());
  nodes_.reserve(nodes_.size() + to_size(nr_children));
  next.reserve(to_size(nr_children));
  for (const auto& [index, known_height] : level) {
    const graph_node parent = node(index);
    if (parent.state != node_state::internal) continue;
    int height = known_height;
    if (defer_leaves && height < 0) height = probe_height(parent);
    for (std::uint32_t slot = 0; slot < parent.nr_entries; ++slot) {
      const auto location = child(parent, slot);
      if (location >= nr_blocks()) continue;
      const auto before = nodes_.size();
      const auto child_index = register_node(location);
      if (visit_edge_) visit_edge_(parent.location, location);
      const bool is_new = nodes_.size() > before;
      const bool deferred = defer_leaves && height == 1;
      if (is_new && !deferred) next.push_back({child_index, height < 0 ? -1 : height - 1});
    }
  }
  return next;
}

// A few siblings are tried where the way down is damaged; if that fails, too,
// leaves are recognised by reading them.
int tree_graph::probe_height(const graph_node& root) {
  const auto tries = std::min(root.nr_entries, probe_children_max);
  for (std::uint32_t slot = 0; slot < tries; ++slot)
    if (const auto below = probe_down(child(root, slot)); below >= 0) return below + 1;
  return -1;
}

// Follows first children down to a leaf, or to a node from where that was done
// before. Returns the height of `from`, or -1.
int tree_graph::probe_down(metadata_block from) {
  const auto buffer = std::make_unique<block_buffer>();
  std::vector<metadata_block> way;
  int height = -1;
  for (auto location = from; location < nr_blocks() && way.size() < probe_depth_max;) {
    if (const auto known = probed_.find(location); known != probed_.end()) {
      height = known->second;
      break;
    }
    way.push_back(location);
    if (!reader_.device().read(location, buffer->span()).ok()) break;
    const auto outcome = examine(buffer->view(), location, shape_);
    const auto* node = std::get_if<node_view>(&outcome);
    if (node == nullptr) break;
    if (node->is_leaf()) {
      probed_[location] = height = 0;
      way.pop_back();
      break;
    }
    location = node->value_u64(0);
  }
  for (const auto location : std::views::reverse(way))
    probed_[location] = height < 0 ? -1 : ++height;
  return height;
}

}  // namespace pdata
