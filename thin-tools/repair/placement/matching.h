// Who must be where, and who owns what, where several could: what all ways of matching
// have in common.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace thin_tools {

// Subtrees that all cover one key, and holes of which each has at most one of them
// there: who must be where. Every subtree needs a number of holes out of those it
// may be in. If there is a way to give each what it needs, what all ways have in
// common follows from one of them by alternating paths (the theorems of Hall and
// of Berge).

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

// Who owns what, where several could: trees and devices, one tree for each device.
// Only what is so in every possible solution is an answer.

struct owner_puzzle {
  struct tree {
    std::uint32_t nr_owners = 1;      // that it has in every solution
    std::vector<std::size_t> owners;  // who may be among them, each once
    bool may_have_newcomers = true;   // owners that are not among the devices
    bool may_have_none = false;       // it may be no tree of a device at all
  };
  std::vector<tree> trees;
  std::size_t nr_devices = 0;
  std::size_t nr_newcomers = 0;  // at most
  std::size_t nr_treeless = 0;   // devices that may have none of these trees, at most
};

struct owner_answer {
  std::optional<std::size_t> sure;      // the tree that the device has in every solution
  std::optional<std::size_t> possible;  // one that it has in some solution
  bool has_one = false;                 // it has a tree in every solution
};

// By device. Without any solution nothing is said.
std::vector<owner_answer> solve(const owner_puzzle& puzzle);

}  // namespace thin_tools
