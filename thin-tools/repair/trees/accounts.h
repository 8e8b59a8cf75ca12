// What there is of each tree of a forest, grafts included: sums over subtrees,
// made once for each node whose sums do not follow from those of its judge.
#pragma once

#include <span>
#include <vector>

#include "thin-tools/repair/scan/census.h"
#include "thin-tools/repair/trees/device_trees.h"

namespace thin_tools {

struct subtree_account {
  std::uint64_t nr_mapped = 0;
  std::uint64_t nr_dropped = 0;   // mappings to data blocks that cannot exist
  std::uint64_t nr_regained = 0;  // values in grafts
  std::uint64_t nr_agreed = 0;    // those of them that are there by agreement
  std::uint64_t nr_likely = 0;    // of older copies of leaves
  std::uint64_t nr_holes = 0;

  void add(const subtree_account& part);
};

class forest_accounts {
 public:
  forest_accounts(mapping_forest& forest, const leaf_census& leaves)
      : forest_(forest), leaves_(leaves) {}

  // Makes the accounts of these trees, those that were made before are forgotten.
  void make(std::span<const pdata::metadata_block> roots);
  // Requires a root that make() was given.
  subtree_account of(pdata::metadata_block root) const { return of(forest_.at_root(root)); }

  // Slots that were looked at so far.
  std::uint64_t nr_looks() const { return nr_looks_; }

 private:
  bool known_without(pdata::node_index node);
  subtree_account of(const forest_place& place) const;
  subtree_account sum_of(pdata::node_index node);

  mapping_forest& forest_;
  const leaf_census& leaves_;
  std::vector<subtree_account> sums_;  // by node
  std::uint64_t nr_looks_ = 0;
};

}  // namespace thin_tools
