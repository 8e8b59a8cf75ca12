#include "thin-tools/repair/placement/hole_filler.h"

#include <algorithm>
#include <utility>

#include "persistent-data/format/btree_node.h"
#include "thin-tools/repair/placement/agreement.h"

namespace thin_tools {

using pdata::node_index;

namespace {

constexpr std::uint64_t leaf_values_max = pdata::max_node_entries(pdata::child_value_bytes);

}  // namespace

hole_filler::hole_filler(mapping_forest& forest, std::vector<orphan> orphans,
                         const hidden_nodes& hidden)
    : forest_(forest), orphans_(std::move(orphans)), hidden_(hidden), all_known_(hidden.all_known) {
  for (const auto& each : orphans_) {
    const auto tree = forest_.below(each.root);
    if (tree.in_progress) continue;
    if (tree.empty) {
      // Nothing can be told of the damaged nodes in it.
      if (tree.damaged) all_known_ = false;
      continue;
    }
    subtree_numbers_[forest_.graph().node(each.root).location] =
        static_cast<std::uint32_t>(places_.subtrees.size());
    places_.subtrees.push_back({.root = each.root,
                                .first_key = tree.first_key,
                                .last_key = tree.last_key,
                                .height = tree.height,
                                .nr_missing = each.nr_missing,
                                .nr_values = tree.nr_values,
                                .nr_unread = tree.damaged ? no_limit : 0});
  }
  places_.closed = all_known_ && hidden.count == 0;
}

void hole_filler::add_hole(const hole& found) {
  const auto number = static_cast<std::uint32_t>(places_.holes.size());
  const auto [at, is_new] = hole_numbers_.try_emplace(found.id, number);
  if (is_new) {
    places_.holes.push_back({found.id, found.keys, found.height});
    return;
  }
  auto& known = places_.holes[at->second];
  known.keys = intersect(known.keys, found.keys);
  known.height = std::max(known.height, found.height);
}

void hole_filler::add_tree(const readable_tree& tree) {
  std::vector<std::uint32_t> holes;
  for (const auto& found : tree.holes) holes.push_back(hole_numbers_.at(found.id));
  if (const auto subtree = subtree_numbers_.find(tree.root); subtree != subtree_numbers_.end()) {
    auto& what = places_.subtrees[subtree->second];
    what.nr_unread = 0;
    for (const auto& found : tree.holes)
      what.nr_unread =
          saturating_add(what.nr_unread, found.height == 0 ? leaf_values_max : no_limit);
  }
  if (tree.expected) limit(tree, std::move(holes));
}

// Whatever is a leaf among what cannot be read has at least no mapping, and at most as many as a
// leaf may have.
void hole_filler::limit(const readable_tree& tree, std::vector<std::uint32_t> holes) {
  if (*tree.expected < tree.nr_values) return;  // the details are not about this tree
  std::uint64_t nr_leaves = hidden_.count;
  const auto most = *tree.expected - tree.nr_values;
  for (const auto& found : tree.holes) {
    const bool root_of_many = found.id.location == tree.root && most > leaf_values_max;
    if (found.height == 0 || (found.height < 0 && !root_of_many)) ++nr_leaves;
  }
  const auto unread = all_known_ ? nr_leaves * leaf_values_max : no_limit;
  std::ranges::sort(holes);
  places_.budgets.push_back({std::move(holes), most > unread ? most - unread : 0, most});
}

// Where no damaged node can stand between a hole and what is below it more than
// once, the missing references are all there is.
void hole_filler::tell_exact_ones() {
  for (std::size_t s = 0; s < places_.subtrees.size(); ++s)
    places_.subtrees[s].exact = all_known_ && !hidden_.any_shared &&
                                std::ranges::none_of(places_.claims[s], [&](const claim& c) {
                                  return hidden_.holes.contains(places_.holes[c.hole].id.location);
                                });
}

void hole_filler::place_certain_ones(std::map<std::uint32_t, hole_contents>& contents) const {
  std::map<std::uint32_t, std::vector<std::uint32_t>> by_hole;
  for (std::uint32_t s = 0; s < places_.subtrees.size(); ++s)
    for (const auto& c : places_.claims[s])
      if (c.is == placement::certain) by_hole[c.hole].push_back(s);
  for (auto& [hole, subtrees] : by_hole) {
    const auto& all = places_.subtrees;
    std::ranges::sort(subtrees, {}, [&](std::uint32_t s) { return all[s].first_key; });
    hole_contents certain;
    std::optional<std::uint64_t> last_key;
    bool sound = true;
    for (const auto s : subtrees) {
      sound = sound && (!last_key || *last_key < all[s].first_key);
      last_key = all[s].last_key;
      certain.push_back({all[s].first_key, all[s].last_key, graft{all[s].root}});
    }
    // Overlaps of more subtrees at once than the solver looks at: none is believed.
    if (sound) contents[hole] = std::move(certain);
  }
}

std::vector<orphan> hole_filler::fill(pdata::block_device& device, const value_filter& possible) {
  places_.find_claims(forest_, evidence_);
  tell_exact_ones();
  placement_solver solver(places_);
  solver.solve();
  std::map<std::uint32_t, hole_contents> contents;
  place_certain_ones(contents);
  std::map<std::uint32_t, std::vector<certain_section>> sections;
  for (auto& section : solver.certain_sections()) {
    contents.try_emplace(section.hole);
    sections[section.hole].push_back(std::move(section));
  }
  // Lower holes first: what fills them is part of what is compared above.
  std::vector<std::uint32_t> order;
  for (const auto& [hole, what] : contents) order.push_back(hole);
  std::ranges::stable_sort(order, {}, [&](std::uint32_t hole) {
    return static_cast<unsigned>(places_.holes[hole].height);  // unknown: last
  });
  agreement_maker maker(forest_, device, possible);
  for (const auto hole : order) {
    for (const auto& section : sections[hole]) {
      std::vector<node_index> roots;
      for (const auto s : section.subtrees) roots.push_back(places_.subtrees[s].root);
      const auto& agreed = maker.agreement(roots, section.keys);
      contents[hole].insert(contents[hole].end(), agreed.begin(), agreed.end());
    }
    auto grafts = make_grafts(forest_, device, std::move(contents[hole]), possible);
    if (!grafts.empty()) forest_.fill(places_.holes[hole].id, std::move(grafts));
  }
  return not_placed();
}

std::vector<orphan> hole_filler::not_placed() const {
  std::vector<orphan> left;
  for (const auto& each : orphans_) {
    const auto number = subtree_numbers_.find(forest_.graph().node(each.root).location);
    if (number == subtree_numbers_.end()) continue;
    const auto nr_places =
        std::ranges::count(places_.claims[number->second], placement::certain, &claim::is);
    if (std::cmp_less(nr_places, each.nr_missing)) left.push_back(each);
  }
  return left;
}

}  // namespace thin_tools
