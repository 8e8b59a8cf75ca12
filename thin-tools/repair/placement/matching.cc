#include "thin-tools/repair/placement/matching.h"

#include <algorithm>

namespace thin_tools {

section_matching::section_matching(std::span<const std::uint32_t> needs,
                                   const std::vector<std::vector<std::uint32_t>>& options,
                                   std::size_t nr_holes)
    : options_(options), claimants_(nr_holes), owner_(nr_holes, none), may_be_free_(nr_holes) {
  for (std::uint32_t s = 0; s < options.size(); ++s)
    for (const auto hole : options[s]) claimants_[hole].push_back(s);
  for (std::uint32_t s = 0; s < needs.size(); ++s) {
    for (std::uint32_t n = 0; n < needs[s]; ++n) {
      std::vector<bool> tried(options.size());
      if (augment(s, tried)) continue;
      for (std::uint32_t other = 0; other < tried.size(); ++other)
        if (tried[other]) contradicting_.push_back(other);
      return;
    }
  }
  spread_freedom();
}

// Gives the subtree one more hole, if others can move. Each subtree is tried once, so
// that the depth is bounded by their number.
bool section_matching::augment(std::uint32_t subtree, std::vector<bool>& tried) {
  tried[subtree] = true;
  for (const auto hole : options_[subtree]) {
    if (owner_[hole] != none) continue;
    owner_[hole] = subtree;
    return true;
  }
  for (const auto hole : options_[subtree]) {
    const auto other = owner_[hole];
    if (tried[other] || !augment(other, tried)) continue;
    owner_[hole] = subtree;
    return true;
  }
  return false;
}

// A subtree that may move to a free hole may leave any of its own.
void section_matching::spread_freedom() {
  std::vector<std::uint32_t> found;
  std::vector<bool> can_move(options_.size());
  std::vector<std::vector<std::uint32_t>> owned(options_.size());
  for (std::uint32_t hole = 0; hole < owner_.size(); ++hole) {
    if (owner_[hole] != none)
      owned[owner_[hole]].push_back(hole);
    else
      found.push_back(hole);
  }
  for (const auto hole : found) may_be_free_[hole] = true;
  while (!found.empty()) {
    const auto hole = found.back();
    found.pop_back();
    for (const auto subtree : claimants_[hole]) {
      if (can_move[subtree]) continue;
      can_move[subtree] = true;
      for (const auto left : owned[subtree]) {
        if (may_be_free_[left]) continue;
        may_be_free_[left] = true;
        found.push_back(left);
      }
    }
  }
}

// The owner may give the hole to a claimant that, by way of others, gives one of its own to the
// owner. What starts at an occupied hole meets only occupied ones.
std::vector<std::uint32_t> section_matching::occupants(std::uint32_t hole) const {
  std::vector<bool> reached(options_.size());
  std::vector<std::uint32_t> found{owner_[hole]};
  reached[owner_[hole]] = true;
  while (!found.empty()) {
    const auto subtree = found.back();
    found.pop_back();
    for (const auto option : options_[subtree]) {
      const auto other = owner_[option];
      if (other == none || reached[other]) continue;
      reached[other] = true;
      found.push_back(other);
    }
  }
  std::vector<std::uint32_t> able;
  for (const auto claimant : claimants_[hole])
    if (reached[claimant]) able.push_back(claimant);
  return able;
}

namespace {

constexpr std::size_t nobody = static_cast<std::size_t>(-1);

struct index_range {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool contains(std::size_t i) const { return i >= begin && i < end; }
};

// Matches each of one side with one of the other side, by augmenting paths.
class bipartite_matching {
 public:
  bipartite_matching(std::vector<std::vector<std::size_t>> choices, std::size_t nr_partners)
      : choices_(std::move(choices)),
        chosen_(choices_.size(), nobody),
        partner_of_(nr_partners, nobody) {}

  bool complete() {
    for (std::size_t who = 0; who < choices_.size(); ++who)
      if (!place(who)) return false;
    return true;
  }
  std::size_t chosen(std::size_t who) const { return chosen_[who]; }
  std::size_t partner_of(std::size_t what) const { return partner_of_[what]; }

  // True if there is a solution in which nobody of `these` is with one of `those`;
  // now only `who` is. Changes nothing.
  bool can_avoid(std::size_t who, index_range these, index_range those) {
    const auto saved_chosen = chosen_;
    const auto saved_partners = partner_of_;
    partner_of_[chosen_[who]] = nobody;
    chosen_[who] = nobody;
    these_ = these;
    those_ = those;
    const bool found = place(who);
    these_ = those_ = {};
    chosen_ = saved_chosen;
    partner_of_ = saved_partners;
    return found;
  }

 private:
  // Breadth first: the way back from a free partner moves everyone on it.
  bool place(std::size_t first) {
    std::vector<std::size_t> reached_by(partner_of_.size(), nobody);
    std::vector<std::size_t> queue{first};
    for (std::size_t at = 0; at < queue.size(); ++at) {
      const auto who = queue[at];
      for (const auto what : choices_[who]) {
        if (reached_by[what] != nobody) continue;
        if (these_.contains(who) && those_.contains(what)) continue;
        reached_by[what] = who;
        if (partner_of_[what] == nobody) {
          move_all(what, first, reached_by);
          return true;
        }
        queue.push_back(partner_of_[what]);
      }
    }
    return false;
  }

  void move_all(std::size_t what, std::size_t first, const std::vector<std::size_t>& reached_by) {
    for (;;) {
      const auto who = reached_by[what];
      const auto before = chosen_[who];
      chosen_[who] = what;
      partner_of_[what] = who;
      if (who == first) return;
      what = before;
    }
  }

  std::vector<std::vector<std::size_t>> choices_;
  std::vector<std::size_t> chosen_;      // by who
  std::vector<std::size_t> partner_of_;  // by what
  index_range these_;
  index_range those_;
};

// Where a tree's places begin: it has as many as owners.
std::vector<std::size_t> first_places(const owner_puzzle& puzzle) {
  std::vector<std::size_t> first{0};
  for (const auto& tree : puzzle.trees) first.push_back(first.back() + tree.nr_owners);
  return first;
}

bipartite_matching match_devices(const owner_puzzle& puzzle,
                                 const std::vector<std::size_t>& first) {
  std::vector<std::vector<std::size_t>> choices(puzzle.nr_devices);
  for (std::size_t t = 0; t < puzzle.trees.size(); ++t)
    for (const auto device : puzzle.trees[t].owners)
      for (auto place = first[t]; place < first[t + 1]; ++place) choices[device].push_back(place);
  for (auto& device : choices)
    for (std::size_t i = 0; i < puzzle.nr_treeless; ++i) device.push_back(first.back() + i);
  return {std::move(choices), first.back() + puzzle.nr_treeless};
}

// `trees` names the tree of each place that must have an owner.
bipartite_matching match_places(const owner_puzzle& puzzle, std::vector<std::size_t>& trees) {
  std::vector<std::vector<std::size_t>> choices;
  for (std::size_t t = 0; t < puzzle.trees.size(); ++t) {
    const auto& tree = puzzle.trees[t];
    if (tree.may_have_none) continue;
    auto owners = tree.owners;
    for (std::size_t i = 0; tree.may_have_newcomers && i < puzzle.nr_newcomers; ++i)
      owners.push_back(puzzle.nr_devices + i);
    for (std::uint32_t i = 0; i < tree.nr_owners; ++i) {
      choices.push_back(owners);
      trees.push_back(t);
    }
  }
  return {std::move(choices), puzzle.nr_devices + puzzle.nr_newcomers};
}

}  // namespace

// A solution gives every device a place and every place that must have one an
// owner. If either can be done by itself both can be done at once (Mendelsohn and
// Dulmage), so that the two sides are looked at one by one.
std::vector<owner_answer> solve(const owner_puzzle& puzzle) {
  std::vector<owner_answer> answers(puzzle.nr_devices);
  const auto first = first_places(puzzle);
  std::vector<std::size_t> tree_of_place;
  auto devices = match_devices(puzzle, first);
  auto places = match_places(puzzle, tree_of_place);
  if (!devices.complete() || !places.complete()) return answers;
  for (std::size_t device = 0; device < puzzle.nr_devices; ++device) {
    auto& answer = answers[device];
    answer.has_one = puzzle.nr_treeless == 0;
    if (const auto place = devices.chosen(device); place < first.back()) {
      const auto tree =
          static_cast<std::size_t>(std::ranges::upper_bound(first, place) - first.begin() - 1);
      answer.possible = tree;
      if (!devices.can_avoid(device, {device, device + 1}, {first[tree], first[tree + 1]}))
        answer.sure = tree;
    }
    if (const auto place = places.partner_of(device); place != nobody) {
      const auto tree = tree_of_place[place];
      const auto [begin, end] = std::ranges::equal_range(tree_of_place, tree);
      const index_range all_of_it{static_cast<std::size_t>(begin - tree_of_place.begin()),
                                  static_cast<std::size_t>(end - tree_of_place.begin())};
      if (!places.can_avoid(place, all_of_it, {device, device + 1})) answer.sure = tree;
    }
    if (answer.sure) answer.possible = answer.sure;
  }
  return answers;
}

}  // namespace thin_tools
