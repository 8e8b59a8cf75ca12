#include "thin-tools/repair/placement/matching.h"

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

}  // namespace thin_tools
