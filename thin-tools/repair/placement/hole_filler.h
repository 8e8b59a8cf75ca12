// Finds the children of damaged nodes again. A subtree that the space map counts
// more often than anything refers to it was referred to by damaged nodes; which
// ones follows from key ranges, heights, reference counts and the numbers of mappings that
// devices have (propagation.h). A subtree is only put where it must belong,
// because a wrong mapping is worse than none. Where one of several certainly
// belongs, what they have in common is put there (agreement.h).
#pragma once

#include <map>
#include <vector>

#include "persistent-data/io/block_device.h"
#include "thin-tools/repair/placement/agreement.h"
#include "thin-tools/repair/placement/hidden_nodes.h"
#include "thin-tools/repair/placement/problem.h"
#include "thin-tools/repair/placement/propagation.h"
#include "thin-tools/repair/trees/device_trees.h"

namespace thin_tools {

// A tree as far as it can be read: of a device, or below an orphan.
struct readable_tree {
  pdata::metadata_block root = 0;
  std::uint64_t nr_values = 0;
  std::optional<std::uint64_t> expected;  // values of the whole tree
  std::vector<hole> holes;
};

class hole_filler {
 public:
  hole_filler(mapping_forest& forest, std::vector<orphan> orphans, const hidden_nodes& hidden);

  // A hole seen in some tree; again for each tree that has it.
  void add_hole(const hole& found);
  // What a tree has, and where it has holes. Trees that are not told limit nothing.
  void add_tree(const readable_tree& tree);
  // Must live until the holes are filled.
  void consider(const placement_evidence& more) { evidence_.push_back(&more); }

  // Grafts what is certain. Leaves are read again from the device; of an
  // agreement `possible` says which values can be true. Returns the orphans that found no
  // place.
  std::vector<orphan> fill(pdata::block_device& device, const value_filter& possible);

 private:
  void limit(const readable_tree& tree, std::vector<std::uint32_t> holes);
  void tell_exact_ones();
  std::vector<orphan> not_placed() const;
  void place_certain_ones(std::map<std::uint32_t, hole_contents>& contents) const;

  mapping_forest& forest_;
  std::vector<orphan> orphans_;
  const hidden_nodes& hidden_;
  bool all_known_;  // of what cannot be read
  placements places_;
  std::map<hole_id, std::uint32_t> hole_numbers_;
  std::map<pdata::metadata_block, std::uint32_t> subtree_numbers_;
  std::vector<const placement_evidence*> evidence_;
};

}  // namespace thin_tools
