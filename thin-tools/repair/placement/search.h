// Placements found by trying out.
#pragma once

#include <optional>
#include <vector>

#include "thin-tools/repair/placement/problem.h"

namespace thin_tools {

// Claims that depend on each other: by their subtree, by overlapping in a hole, or by a
// budget. A constraint network with depth-first search.

class placement_group {
 public:
  enum class answer : std::uint8_t { yes, no, unknown };

  // Adds an open claim. Returns its number.
  std::uint32_t add_claim(std::uint32_t subtree, const lost_subtree& what);
  // Of the subtree's open claims at least and at most so many are true.
  void limit(std::uint32_t subtree, std::uint32_t least, std::uint32_t most);
  // Two claims that cannot both be true.
  void exclude(std::uint32_t a, std::uint32_t b);
  // What the true ones of these claims hold together.
  void add_budget(std::vector<std::uint32_t> claims, std::uint64_t least, std::uint64_t most);

  std::size_t nr_claims() const { return claims_.size(); }

  // Is there a way with this claim true, or false? Takes at most so many steps from
  // `steps_left`. After yes() witness() tells the way.
  answer possible(std::uint32_t claim, bool is_true, std::uint64_t& steps_left);
  bool witness(std::uint32_t claim) const { return witness_[claim]; }

 private:
  enum class value : std::uint8_t { open, yes, no };

  struct claim_state {
    std::uint32_t subtree = 0;
    std::uint64_t holds_least = 0;
    std::uint64_t holds_most = 0;
    value is = value::open;
    std::vector<std::uint32_t> excludes;
    std::vector<std::uint32_t> budgets;
  };
  struct subtree_state {
    std::uint32_t least = 0;
    std::uint32_t most = 0;
    std::vector<std::uint32_t> claims;
  };
  struct budget_state {
    std::vector<std::uint32_t> claims;
    std::uint64_t least = 0;
    std::uint64_t most = 0;
  };

  bool assign(std::uint32_t claim, value to);
  bool propagate();
  bool check_subtree(const subtree_state& subtree);
  bool check_budget(const budget_state& budget);
  void undo(std::size_t length);
  std::optional<std::uint32_t> next_open() const;
  answer descend(std::uint64_t& steps_left);

  std::vector<claim_state> claims_;
  std::vector<subtree_state> subtrees_;
  std::vector<budget_state> budgets_;
  std::vector<std::uint32_t> trail_;  // assigned claims in order
  std::size_t propagated_ = 0;        // of the trail
  std::vector<bool> witness_;
};

// Tries out: what cannot be part of any way to place all subtrees is impossible, and
// what is part of every way is certain. Only for groups of claims that depend on each
// other and are few enough; the number of steps is bounded, and where it does not
// suffice nothing is concluded.

// Returns true if it found something out.
bool search_placements(placements& of);

}  // namespace thin_tools
