// Narrows down which subtrees stand below which holes to what nothing contradicts.
//
// What follows, and from what:
//  1. The stored counts and all nodes that can be read belong to one state of the
//     metadata. A subtree that is counted more often than readable nodes refer to it has
//     so many parents among the damaged ones.
//  2. Every tree of that state is known by its root, those of a held metadata snapshot
//     included. So each damaged node stands below one or more holes, and never twice
//     below one, for a tree has each key once: a subtree stands below as many holes as it
//     has missing references, or more, if a damaged node between them has several
//     parents itself (`exact` says that there is none).
//  3. What stands below one hole, with nothing readable in between, are siblings or stand
//     below siblings: their ranges of keys do not overlap, they lie within the range of
//     the hole, and they are less high than what is missing there.
//  4. A device has as many mappings as its details say, unless these are wrong about a tree that
//     can be read.
//
// A count that is not known makes no subtree, a damaged node whose count is not known only makes
// `exact` false and budgets wide, so neither can lead to a wrong conclusion. Contradictions show
// that a premise does not hold: the subtrees that make one are believed nowhere.
#pragma once

#include "thin-tools/repair/placement/problem.h"

namespace thin_tools {

// Of the subtrees, each of which may be below the hole, one certainly is: the one that
// holds the mappings in this section.
struct certain_section {
  std::uint32_t hole = 0;
  key_section keys;
  std::vector<std::uint32_t> subtrees;  // ascending, more than one
};

class placement_solver {
 public:
  explicit placement_solver(placements& of);

  void solve();

  // By hole, in key order; after solving.
  std::vector<certain_section> certain_sections();

 private:
  struct local_section;

  bool narrow_once();
  bool settle_heights();
  bool settle(std::uint32_t subtree);
  bool settle(const tree_budget& budget);
  bool settle(const local_section& section);
  bool make_room(const local_section& section);
  local_section gather(key_section keys, std::span<const std::uint32_t> active);
  template <class Visit>
  void for_each_local_section(Visit visit);
  claim& find(std::uint32_t subtree, std::uint32_t hole);
  bool set(claim& what, placement to);
  bool contest(std::uint32_t subtree);
  bool search();

  placements& of_;
  std::vector<key_section> ranges_;                    // of subtrees in play
  std::vector<std::uint32_t> in_play_;                 // which they are
  std::vector<std::vector<std::uint32_t>> claimants_;  // by hole
  std::vector<std::uint32_t> local_hole_;              // scratch, by hole
  std::uint64_t work_left_;
};

}  // namespace thin_tools
