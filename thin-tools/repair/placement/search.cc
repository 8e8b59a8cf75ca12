#include "thin-tools/repair/placement/search.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

namespace thin_tools {

std::uint32_t placement_group::add_claim(std::uint32_t subtree, const lost_subtree& what) {
  const auto number = static_cast<std::uint32_t>(claims_.size());
  claims_.push_back({.subtree = subtree,
                     .holds_least = what.nr_values,
                     .holds_most = saturating_add(what.nr_values, what.nr_unread)});
  if (subtree >= subtrees_.size()) subtrees_.resize(subtree + 1);
  subtrees_[subtree].claims.push_back(number);
  return number;
}

void placement_group::limit(std::uint32_t subtree, std::uint32_t least, std::uint32_t most) {
  subtrees_[subtree].least = least;
  subtrees_[subtree].most = most;
}

void placement_group::exclude(std::uint32_t a, std::uint32_t b) {
  claims_[a].excludes.push_back(b);
  claims_[b].excludes.push_back(a);
}

void placement_group::add_budget(std::vector<std::uint32_t> claims, std::uint64_t least,
                                 std::uint64_t most) {
  for (const auto c : claims)
    claims_[c].budgets.push_back(static_cast<std::uint32_t>(budgets_.size()));
  budgets_.push_back({std::move(claims), least, most});
}

bool placement_group::assign(std::uint32_t claim, value to) {
  auto& is = claims_[claim].is;
  if (is != value::open) return is == to;
  is = to;
  trail_.push_back(claim);
  return true;
}

void placement_group::undo(std::size_t length) {
  for (; trail_.size() > length; trail_.pop_back()) claims_[trail_.back()].is = value::open;
  propagated_ = length;
}

bool placement_group::check_subtree(const subtree_state& subtree) {
  std::uint32_t nr_true = 0;
  std::uint32_t nr_open = 0;
  for (const auto c : subtree.claims) {
    nr_true += claims_[c].is == value::yes;
    nr_open += claims_[c].is == value::open;
  }
  if (nr_true + nr_open < subtree.least || nr_true > subtree.most) return false;
  if (nr_open == 0) return true;
  auto rest = value::open;
  if (nr_true + nr_open == subtree.least) rest = value::yes;
  if (nr_true == subtree.most) rest = value::no;
  if (rest == value::open) return true;
  for (const auto c : subtree.claims)
    if (claims_[c].is == value::open && !assign(c, rest)) return false;
  return true;
}

bool placement_group::check_budget(const budget_state& budget) {
  std::uint64_t held = 0;
  std::uint64_t reachable = 0;
  for (const auto c : budget.claims) {
    const auto& claim = claims_[c];
    if (claim.is == value::yes) held = saturating_add(held, claim.holds_least);
    if (claim.is != value::no) reachable = saturating_add(reachable, claim.holds_most);
  }
  if (held > budget.most || reachable < budget.least) return false;
  for (const auto c : budget.claims) {
    const auto& claim = claims_[c];
    if (claim.is != value::open) continue;
    const bool too_much = claim.holds_least > budget.most - held;
    const bool needed = reachable != no_limit && reachable - claim.holds_most < budget.least;
    if (too_much && needed) return false;
    if (too_much && !assign(c, value::no)) return false;
    if (needed && !assign(c, value::yes)) return false;
  }
  return true;
}

bool placement_group::propagate() {
  while (propagated_ < trail_.size()) {
    const auto& claim = claims_[trail_[propagated_++]];
    if (claim.is == value::yes)
      for (const auto other : claim.excludes)
        if (!assign(other, value::no)) return false;
    if (!check_subtree(subtrees_[claim.subtree])) return false;
    for (const auto b : claim.budgets)
      if (!check_budget(budgets_[b])) return false;
  }
  return true;
}

// Of the subtree with the fewest open claims, the largest of these.
std::optional<std::uint32_t> placement_group::next_open() const {
  std::optional<std::uint32_t> best;
  std::size_t fewest = 0;
  for (const auto& subtree : subtrees_) {
    std::optional<std::uint32_t> first;
    std::size_t nr_open = 0;
    for (const auto c : subtree.claims) {
      if (claims_[c].is != value::open) continue;
      if (!first) first = c;
      ++nr_open;
    }
    if (!first) continue;
    const bool better =
        !best || nr_open < fewest ||
        (nr_open == fewest && claims_[*first].holds_least > claims_[*best].holds_least);
    if (!better) continue;
    best = first;
    fewest = nr_open;
  }
  return best;
}

// Each level of the stack is a claim that was assumed true; when that fails it is false.
placement_group::answer placement_group::descend(std::uint64_t& steps_left) {
  struct choice {
    std::uint32_t claim;
    std::size_t trail_length;
  };
  std::vector<choice> choices;
  bool sound = propagate();
  for (;;) {
    if (steps_left == 0) return answer::unknown;
    --steps_left;
    if (!sound) {
      if (choices.empty()) return answer::no;
      const auto last = choices.back();
      choices.pop_back();
      undo(last.trail_length);
      sound = assign(last.claim, value::no) && propagate();
      continue;
    }
    const auto next = next_open();
    if (!next) return answer::yes;
    choices.push_back({*next, trail_.size()});
    sound = assign(*next, value::yes) && propagate();
  }
}

placement_group::answer placement_group::possible(std::uint32_t claim, bool is_true,
                                                  std::uint64_t& steps_left) {
  undo(0);
  // What no assumption at all leads to comes first.
  for (const auto& subtree : subtrees_)
    if (!check_subtree(subtree)) return answer::no;
  for (const auto& budget : budgets_)
    if (!check_budget(budget)) return answer::no;
  if (!assign(claim, is_true ? value::yes : value::no)) return answer::no;
  const auto found = descend(steps_left);
  if (found == answer::yes) {
    witness_.assign(claims_.size(), false);
    for (std::size_t c = 0; c < claims_.size(); ++c) witness_[c] = claims_[c].is == value::yes;
  }
  return found;
}

namespace {

constexpr std::size_t group_claims_max = 1024;
constexpr std::size_t group_pairs_max = std::size_t{1} << 17;  // of claims in one hole
constexpr std::uint64_t steps_of_question = 2000;
constexpr std::uint64_t steps_of_group = 50000;
constexpr std::uint64_t work_max = std::uint64_t{1} << 27;  // steps times claims

// An open claim.
struct open_claim {
  std::uint32_t subtree;
  claim* what;
};

// Groups of claims that depend on each other: sets of numbers that are joined.
class joined_sets {
 public:
  explicit joined_sets(std::size_t count) : parents_(count) {
    std::iota(parents_.begin(), parents_.end(), 0U);
  }
  std::uint32_t find(std::uint32_t i) {
    while (parents_[i] != i) i = parents_[i] = parents_[parents_[i]];
    return i;
  }
  void join(std::uint32_t a, std::uint32_t b) { parents_[find(a)] = find(b); }

 private:
  std::vector<std::uint32_t> parents_;
};

// What is known of a hole.
struct hole_state {
  std::vector<std::uint32_t> open;     // claims
  std::vector<std::uint32_t> budgets;  // that it is part of
  std::uint64_t held = 0;              // by those that are certain
  std::uint64_t held_most = 0;
  std::uint64_t open_most = 0;
};

class searcher {
 public:
  explicit searcher(placements& of) : of_(of), holes_(of.holes.size()), work_left_(work_max) {
    for (std::uint32_t s = 0; s < of.subtrees.size(); ++s)
      for (auto& c : of.claims[s]) add(s, c);
    for (std::uint32_t b = 0; b < of.budgets.size(); ++b)
      if (matters(of.budgets[b]))
        for (const auto hole : of.budgets[b].holes) holes_[hole].budgets.push_back(b);
  }

  bool run() {
    joined_sets sets(open_.size());
    for (std::uint32_t i = 1; i < open_.size(); ++i)
      if (open_[i].subtree == open_[i - 1].subtree) sets.join(i, i - 1);
    const auto join_all = [&](const std::vector<std::uint32_t>& all) {
      for (std::size_t i = 1; i < all.size(); ++i) sets.join(all[i], all[i - 1]);
    };
    for (const auto& hole : holes_) join_all(hole.open);
    for (const auto& budget : of_.budgets) {
      if (!matters(budget)) continue;
      std::vector<std::uint32_t> one_of_each;
      for (const auto hole : budget.holes)
        if (!holes_[hole].open.empty()) one_of_each.push_back(holes_[hole].open.front());
      join_all(one_of_each);
    }
    std::map<std::uint32_t, std::vector<std::uint32_t>> groups;
    for (std::uint32_t i = 0; i < open_.size(); ++i) groups[sets.find(i)].push_back(i);
    bool changed = false;
    for (const auto& [first, members] : groups) changed |= settle(members);
    return changed;
  }

 private:
  void add(std::uint32_t subtree, claim& what);
  bool matters(const tree_budget& budget) const;
  bool settle(const std::vector<std::uint32_t>& members);
  void limit_subtrees(const std::vector<std::uint32_t>& members);
  bool exclude_overlaps(const std::vector<std::uint32_t>& members);
  void add_budgets(const std::vector<std::uint32_t>& members);
  bool ask_all(const std::vector<std::uint32_t>& members);

  placements& of_;
  std::vector<open_claim> open_;
  std::vector<hole_state> holes_;
  std::uint64_t work_left_;

  // Of the present group.
  placement_group group_;
  std::map<std::uint32_t, std::uint32_t> numbers_;  // open claim to number in the group
  std::map<std::uint32_t, std::uint32_t> subtrees_;
};

void searcher::add(std::uint32_t subtree, claim& what) {
  auto& hole = holes_[what.hole];
  const auto& holds = of_.subtrees[subtree];
  if (what.is == placement::certain) {
    hole.held = saturating_add(hole.held, holds.nr_values);
    hole.held_most =
        saturating_add(hole.held_most, saturating_add(holds.nr_values, holds.nr_unread));
  }
  if (what.is != placement::possible) return;
  hole.open_most = saturating_add(hole.open_most, saturating_add(holds.nr_values, holds.nr_unread));
  hole.open.push_back(static_cast<std::uint32_t>(open_.size()));
  open_.push_back({subtree, &what});
}

// Whatever becomes of its open claims, a wide budget is kept to.
bool searcher::matters(const tree_budget& budget) const {
  std::uint64_t held = 0;
  std::uint64_t reachable = 0;
  for (const auto hole : budget.holes) {
    held = saturating_add(held, holes_[hole].held_most);
    reachable =
        saturating_add(reachable, saturating_add(holes_[hole].held_most, holes_[hole].open_most));
  }
  return reachable > budget.most || held < budget.least;
}

void searcher::limit_subtrees(const std::vector<std::uint32_t>& members) {
  for (const auto m : members) {
    const auto s = open_[m].subtree;
    const auto number =
        subtrees_.try_emplace(s, static_cast<std::uint32_t>(subtrees_.size())).first->second;
    numbers_[m] = group_.add_claim(number, of_.subtrees[s]);
  }
  for (const auto& [s, number] : subtrees_) {
    const auto& claims = of_.claims[s];
    const auto nr_certain =
        static_cast<std::uint32_t>(std::ranges::count(claims, placement::certain, &claim::is));
    const auto needed = of_.subtrees[s].nr_missing;
    const auto left = needed > nr_certain ? needed - nr_certain : 0;
    group_.limit(number, left,
                 of_.subtrees[s].exact ? left : static_cast<std::uint32_t>(claims.size()));
  }
}

bool searcher::exclude_overlaps(const std::vector<std::uint32_t>& members) {
  std::size_t nr_pairs = 0;
  for (const auto a : members)
    for (const auto b : holes_[open_[a].what->hole].open) {
      if (++nr_pairs > group_pairs_max) return false;
      if (b <= a) continue;
      const auto& first = of_.subtrees[open_[a].subtree];
      const auto& second = of_.subtrees[open_[b].subtree];
      if (of_.exclude_each_other(first, second)) group_.exclude(numbers_.at(a), numbers_.at(b));
    }
  return true;
}

void searcher::add_budgets(const std::vector<std::uint32_t>& members) {
  std::set<std::uint32_t> budgets;
  for (const auto m : members) {
    const auto& of_hole = holes_[open_[m].what->hole].budgets;
    budgets.insert(of_hole.begin(), of_hole.end());
  }
  for (const auto b : budgets) {
    const auto& budget = of_.budgets[b];
    std::vector<std::uint32_t> claims;
    std::uint64_t held = 0;
    std::uint64_t held_most = 0;
    for (const auto hole : budget.holes) {
      for (const auto c : holes_[hole].open) claims.push_back(numbers_.at(c));
      held = saturating_add(held, holes_[hole].held);
      held_most = saturating_add(held_most, holes_[hole].held_most);
    }
    if (held > budget.most) continue;
    group_.add_budget(std::move(claims), budget.least > held_most ? budget.least - held_most : 0,
                      budget.most - held);
  }
}

bool searcher::ask_all(const std::vector<std::uint32_t>& members) {
  using answer = placement_group::answer;
  std::vector<bool> may_be[2] = {std::vector<bool>(members.size()),
                                 std::vector<bool>(members.size())};
  auto steps_left = std::min(steps_of_group, work_left_ / members.size());
  work_left_ -= steps_left * members.size();
  std::vector<std::pair<std::uint32_t, placement>> found;
  for (std::uint32_t c = 0; c < members.size(); ++c) {
    for (const bool is_true : {true, false}) {
      if (may_be[is_true][c] || steps_left == 0) continue;
      auto steps = std::min(steps_of_question, steps_left);
      const auto before = steps;
      const auto outcome = group_.possible(c, is_true, steps);
      steps_left -= before - steps;
      if (outcome == answer::no)
        found.emplace_back(c, is_true ? placement::impossible : placement::certain);
      if (outcome != answer::yes) continue;
      for (std::uint32_t other = 0; other < members.size(); ++other)
        may_be[group_.witness(other)][other] = true;
    }
  }
  // Without any way at all a premise does not hold.
  const bool any_way = std::ranges::find(may_be[0], true) != may_be[0].end() ||
                       std::ranges::find(may_be[1], true) != may_be[1].end();
  if (!any_way) return false;
  for (const auto& [c, is] : found) open_[members[c]].what->is = is;
  return !found.empty();
}

bool searcher::settle(const std::vector<std::uint32_t>& members) {
  if (members.size() > group_claims_max || work_left_ < members.size()) return false;
  group_ = {};
  numbers_.clear();
  subtrees_.clear();
  limit_subtrees(members);
  if (!exclude_overlaps(members)) return false;
  add_budgets(members);
  return ask_all(members);
}

}  // namespace

bool search_placements(placements& of) { return searcher(of).run(); }

}  // namespace thin_tools
