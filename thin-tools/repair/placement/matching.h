// Subtrees that all cover one key, and holes of which each has at most one of them
// there: who must be where. Every subtree needs a number of holes out of those it
// may be in. If there is a way to give each what it needs, what all ways have in
// common follows from one of them by alternating paths (the theorems of Hall and
// of Berge).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace thin_tools {

class section_matching {
 public:
  // Subtree i needs needs[i] holes out of options[i], which are below nr_holes.
  section_matching(std::span<const std::uint32_t> needs,
                   const std::vector<std::vector<std::uint32_t>>& options, std::size_t nr_holes);

  // Subtrees that together need more holes than there are for them; empty if
  // everyone gets what it needs. Then the rest may be asked.
  const std::vector<std::uint32_t>& contradicting() const { return contradicting_; }

  // True if one of the subtrees is in the hole for certain.
  bool occupied(std::uint32_t hole) const { return owner_[hole] != none && !may_be_free_[hole]; }
  // Of an occupied hole: the subtrees that may be in it.
  std::vector<std::uint32_t> occupants(std::uint32_t hole) const;

 private:
  static constexpr std::uint32_t none = ~0U;

  bool augment(std::uint32_t subtree, std::vector<bool>& tried);
  void spread_freedom();

  const std::vector<std::vector<std::uint32_t>>& options_;
  std::vector<std::vector<std::uint32_t>> claimants_;  // by hole
  std::vector<std::uint32_t> owner_;                   // by hole
  std::vector<bool> may_be_free_;                      // by hole
  std::vector<std::uint32_t> contradicting_;
};

}  // namespace thin_tools
