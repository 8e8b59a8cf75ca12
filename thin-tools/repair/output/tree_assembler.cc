#include "thin-tools/repair/output/tree_assembler.h"

#include <algorithm>
#include <ranges>

#include "persistent-data/base/error.h"
#include "persistent-data/format/btree_node.h"
#include "thin-tools/repair/trees/forest_order.h"

namespace thin_tools {

using pdata::entry_list;
using pdata::metadata_block;
using pdata::node_index;

namespace {

constexpr std::size_t max_children = pdata::max_node_entries(pdata::child_value_bytes);
constexpr std::size_t min_children = max_children / 3;

}  // namespace

tree_assembler::tree_assembler(mapping_forest& forest, const leaf_census& leaves,
                               pdata::node_store& store, leaf_access access)
    : forest_(forest),
      leaves_(leaves),
      store_(store),
      access_(std::move(access)),
      written_(forest.nr_nodes(), nowhere) {}

std::uint64_t tree_assembler::first_key(part p) {
  return is_new(p) ? made(p).first_key : forest_.below(p).first_key;
}

int tree_assembler::height(part p) { return is_new(p) ? made(p).height : forest_.below(p).height; }

// Those that hold anything.
tree_assembler::part_list tree_assembler::children_of(part p) {
  if (is_new(p)) return made(p).children != nullptr ? *made(p).children : part_list{};
  part_list children;
  forest_.for_each_child(p, [&](node_index child) { append(children, child); });
  return children;
}

void tree_assembler::append(part_list& to, node_index node) {
  if (is_made_again(node)) {
    const auto left = left_.find(node);
    if (left != left_.end()) to.insert(to.end(), left->second.begin(), left->second.end());
  } else if (!forest_.below(node).empty && !is_emptied(node)) {
    to.push_back(node);
  }
}

bool tree_assembler::is_emptied(node_index leaf) const {
  if (leaves_.all_possible() || forest_.is_internal(leaf) || forest_.is_agreed_leaf(leaf))
    return false;
  const auto& node = forest_.graph().node(leaf);
  return leaves_.is_emptied(node.location, node.nr_entries);
}

std::size_t tree_assembler::size_of_leaf(node_index leaf) const {
  if (forest_.is_agreed_leaf(leaf)) return forest_.agreed(leaf).nr_entries;
  const auto& node = forest_.graph().node(leaf);
  return node.nr_entries - leaves_.nr_impossible(node.location);
}

// Nodes that a lie has left too small, or that no kernel wrote.
bool tree_assembler::any_small(const std::unordered_set<node_index>& roots) const {
  const auto& graph = forest_.graph();
  for (node_index index = 0; index < graph.nr_nodes(); ++index)
    if (graph.node(index).state != pdata::node_state::bad &&
        graph.node(index).nr_entries < min_children && !roots.contains(index))
      return true;
  return false;
}

void tree_assembler::find_changed(std::span<const metadata_block> roots) {
  const auto& graph = forest_.graph();
  std::unordered_set<node_index> root_nodes;
  for (const auto root : roots)
    if (const auto index = graph.find(root)) root_nodes.insert(*index);
  if (leaves_.all_possible() && !any_small(root_nodes)) return;
  const auto order = parents_first(forest_, roots, [](node_index) { return true; });
  for (const auto index : std::views::reverse(order.nodes)) {
    bool changed = false;
    if (forest_.is_internal(index)) {
      changed = graph.node(index).nr_entries < min_children && !root_nodes.contains(index);
      forest_.for_each_child(index, [&](node_index child) { changed |= changed_.contains(child); });
    } else {
      changed = size_of_leaf(index) < leaf_entries_min;
    }
    if (changed) changed_.insert(index);
  }
}

// An internal node that lacks something below, or has too little.
bool tree_assembler::is_made_again(node_index node) {
  return has_holes(forest_, node) || (changed_.contains(node) && forest_.is_internal(node));
}

void tree_assembler::prepare(std::span<const metadata_block> roots) {
  find_changed(roots);
  const auto order =
      parents_first(forest_, roots, [&](node_index index) { return is_made_again(index); });
  const auto nr_damaged =
      std::ranges::count_if(order.nodes, [&](node_index index) { return is_made_again(index); });
  constexpr std::size_t spare_nodes = 64;
  constexpr std::uint64_t moves_of_node = 4 * max_children;
  new_nodes_max_ = static_cast<std::size_t>(nr_damaged) + spare_nodes;
  new_leaves_max_ = forest_.nr_nodes() + spare_nodes;
  moves_left_ = moves_of_node * new_nodes_max_;
  for (const auto index : std::views::reverse(order.nodes))
    if (is_made_again(index)) left_[index] = what_is_left(index);
}

// Of a damaged node: nodes of its height, or where that would be too small a
// node, its children. All are of one height.
tree_assembler::part_list tree_assembler::what_is_left(node_index damaged) {
  part_list parts;
  forest_.for_each_child(damaged, [&](node_index child) { append(parts, child); });
  level(parts);
  join_leaves(parts);
  const bool joins = may_make_nodes() && moves_left_ != 0;
  if (parts.empty() || (joins && parts.size() < min_children)) return parts;
  part_list nodes;
  make_nodes(parts, nodes);
  return nodes;
}

// Makes parts of one height of parts of several.
void tree_assembler::level(part_list& parts) {
  while (!parts.empty()) {
    const auto heights = std::views::transform(parts, [this](part p) { return height(p); });
    const auto [lowest, highest] = std::ranges::minmax(heights);
    if (lowest == highest) return;
    parts = raise(std::move(parts), lowest);
  }
}

// Puts the lowest parts into nodes, each run with those beside it where it is
// too short.
tree_assembler::part_list tree_assembler::raise(part_list parts, int lowest) {
  part_list raised;
  std::ranges::reverse(parts);  // the first comes off the end
  while (!parts.empty()) {
    if (height(parts.back()) != lowest) {
      raised.push_back(parts.back());
      parts.pop_back();
      continue;
    }
    part_list run;
    const auto take_run = [&] {
      for (; !parts.empty() && height(parts.back()) == lowest; parts.pop_back())
        run.push_back(parts.back());
    };
    take_run();
    join_leaves(run);
    while (run.size() < min_children && moves_left_ != 0 && may_make_nodes()) {
      if (!open_left(raised, run, lowest) && !open_right(parts, run, lowest)) break;
      take_run();
      join_leaves(run);
    }
    const bool all_there_is = raised.empty() && parts.empty();
    if (all_there_is && run.size() < min_children) return run;
    make_nodes(run, raised);
  }
  return raised;
}

// Takes the last node that is one higher than the run out of what stands before
// it, and puts its children at the front of the run.
bool tree_assembler::open_left(part_list& beside, part_list& run, int run_height) {
  while (!beside.empty()) {
    const auto children = children_of(beside.back());
    const bool next_above = height(beside.back()) == run_height + 1;
    beside.pop_back();
    moves_left_ -= std::min<std::uint64_t>(moves_left_, children.size());
    if (next_above) {
      run.insert(run.begin(), children.begin(), children.end());
      return true;
    }
    beside.insert(beside.end(), children.begin(), children.end());
  }
  return false;
}

// The same behind the run; the first part stands at the end of `rest`.
bool tree_assembler::open_right(part_list& rest, part_list& run, int run_height) {
  while (!rest.empty()) {
    const auto children = children_of(rest.back());
    const bool next_above = height(rest.back()) == run_height + 1;
    rest.pop_back();
    moves_left_ -= std::min<std::uint64_t>(moves_left_, children.size());
    if (next_above) {
      run.insert(run.end(), children.begin(), children.end());
      return true;
    }
    rest.insert(rest.end(), children.rbegin(), children.rend());
  }
  return false;
}

// Full nodes, but for the last two, which share what is left.
void tree_assembler::make_nodes(const part_list& run, part_list& to) {
  for (auto at = run.begin(); at != run.end();) {
    const auto left = static_cast<std::size_t>(run.end() - at);
    std::size_t count = std::min(left, max_children);
    if (left > max_children && left < max_children + min_children) count = left / 2;
    const auto end = at + static_cast<std::ptrdiff_t>(count);
    to.push_back(make_node({at, end}));
    at = end;
  }
}

tree_assembler::part tree_assembler::make_node(part_list children) {
  const auto [known, added] = known_.try_emplace(std::move(children), part{0});
  if (added) {
    known->second = static_cast<part>(new_nodes_.size()) | new_bit;
    const auto& parts = known->first;
    new_nodes_.push_back({&parts, nullptr, first_key(parts.front()), height(parts.front()) + 1});
  }
  return known->second;
}

leaf_recipe tree_assembler::recipe_of(part leaf) const {
  if (is_new(leaf)) return *new_nodes_[leaf & ~new_bit].contents;
  return {{leaf, 0, static_cast<std::uint32_t>(size_of_leaf(leaf))}};
}

tree_assembler::part tree_assembler::leaf_of(leaf_recipe contents) {
  const auto& first = contents.front();
  if (contents.size() == 1 && first.count == size_of_leaf(first.leaf)) return first.leaf;
  const auto key = forest_.below(first.leaf).first_key;
  const auto [known, added] = known_leaves_.try_emplace(std::move(contents), part{0});
  if (added) {
    known->second = static_cast<part>(new_nodes_.size()) | new_bit;
    new_nodes_.push_back({nullptr, &known->first, key, 0});
  }
  return known->second;
}

// Makes leaves of decent size of those of a run that are too small, and those beside them.
void tree_assembler::join_leaves(part_list& run) {
  if (run.size() < 2 || height(run.front()) != 0) return;
  std::vector<leaf_recipe> row;
  bool any_small = false;
  for (const auto leaf : run) {
    row.push_back(recipe_of(leaf));
    any_small |= nr_entries(row.back()) < leaf_entries_min;
  }
  if (!any_small || known_leaves_.size() + run.size() > new_leaves_max_) return;
  run.clear();
  for (auto& leaf : without_small_leaves(std::move(row))) run.push_back(leaf_of(std::move(leaf)));
}

metadata_block tree_assembler::location_of(part p) {
  if (is_new(p)) return made(p).location;
  return written_[p];
}

metadata_block tree_assembler::write_leaf(new_node& leaf) {
  entry_list entries(pdata::child_value_bytes);
  for (const auto& slice : *leaf.contents) {
    const auto all = access_.read(slice.leaf);
    if (all.size() != size_of_leaf(slice.leaf))
      throw pdata::error("a leaf holds something else than before");
    for (auto i = slice.first; i < slice.first + slice.count; ++i)
      entries.add(all.key(i), all.value(i));
  }
  leaf.first_key = entries.key(0);
  access_.joined(entries);
  return leaf.location = store_.write_leaf(entries, 0, entries.size());
}

// Requires that the children are written. Each separator is the first key below it, at
// every level: a node that the damaged pool had may have one that is too high or too low,
// and the kernel's later writes put keys out of order there (btree/tree_judge.h).
metadata_block tree_assembler::write_node(part p) {
  entry_list entries(pdata::child_value_bytes);
  if (is_new(p)) {
    auto& node = made(p);
    if (node.children == nullptr) return write_leaf(node);
    for (const auto child : *node.children) entries.add_u64(first_key(child), location_of(child));
    node.first_key = entries.key(0);
    return node.location = store_.write_internal(entries, 0, entries.size());
  }
  if (!forest_.is_internal(p)) return written_[p] = access_.place(p);
  const auto& graph = forest_.graph();
  const auto& node = graph.node(p);
  for (std::uint32_t i = 0; i < node.nr_entries; ++i) {
    const auto child = *graph.find(graph.child(node, i));
    const auto separator = forest_.below(child).empty ? graph.key(node, i) : first_key(child);
    entries.add_u64(separator, written_[child]);
  }
  return written_[p] = store_.write_internal(entries, 0, entries.size());
}

// Children before their parents, which name them.
metadata_block tree_assembler::locate(part whole) {
  const auto& graph = forest_.graph();
  struct frame {
    part node;
    std::uint32_t next_child;
  };
  std::vector<frame> stack{{whole, 0}};
  while (!stack.empty()) {
    auto& [p, next] = stack.back();
    if (location_of(p) != nowhere) {
      stack.pop_back();
      continue;
    }
    std::optional<part> child;
    if (is_new(p)) {
      const auto* const children = made(p).children;
      if (children != nullptr && next < children->size()) child = (*children)[next];
    } else if (forest_.is_internal(p)) {
      const auto& node = graph.node(p);
      if (next < node.nr_entries) child = graph.find(graph.child(node, next));
    }
    ++next;
    if (child)
      stack.push_back({*child, 0});
    else
      write_node(p);
  }
  return location_of(whole);
}

std::optional<tree_assembler::part> tree_assembler::make_top(metadata_block root) {
  const auto place = forest_.at_root(root);
  if (place.node && !is_made_again(*place.node)) return *place.node;
  part_list parts;
  forest_.for_each_node_at(place, [&](node_index node) { append(parts, node); });
  level(parts);
  join_leaves(parts);
  while (parts.size() > 1) {
    part_list above;
    make_nodes(parts, above);
    parts = std::move(above);
  }
  if (parts.empty()) return std::nullopt;
  return parts.front();
}

std::optional<tree_assembler::part> tree_assembler::top_of(metadata_block root) {
  if (const auto known = tops_.find(root); known != tops_.end()) return known->second;
  return tops_[root] = make_top(root);
}

std::unordered_set<node_index> tree_assembler::replaced_leaves(
    std::span<const metadata_block> roots) {
  std::vector<part> open;
  for (const auto root : roots)
    if (const auto top = top_of(root)) open.push_back(*top);
  std::unordered_set<node_index> replaced;
  if (known_leaves_.empty()) return replaced;
  std::unordered_set<part> seen;
  while (!open.empty()) {
    const auto p = open.back();
    open.pop_back();
    if (!seen.insert(p).second) continue;
    const auto children = is_new(p) || forest_.is_internal(p) ? children_of(p) : part_list{};
    open.insert(open.end(), children.begin(), children.end());
    if (is_new(p) && made(p).contents != nullptr)
      for (const auto& slice : *made(p).contents) replaced.insert(slice.leaf);
  }
  std::erase_if(replaced, [&](node_index leaf) { return seen.contains(leaf); });
  return replaced;
}

metadata_block tree_assembler::write(metadata_block root) {
  if (const auto known = roots_.find(root); known != roots_.end()) return known->second;
  const auto top = top_of(root);
  if (!top) return roots_[root] = store_.write_leaf(entry_list(pdata::child_value_bytes), 0, 0);
  return roots_[root] = locate(*top);
}

}  // namespace thin_tools
