#include "thin-tools/repair/placement/placement_group.h"

#include <algorithm>

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

}  // namespace thin_tools
