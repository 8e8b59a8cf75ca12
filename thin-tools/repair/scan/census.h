// How many references the nodes that a space map calls live make to each block,
// held against the counts of that map. What is counted more often than it is
// referenced was referenced by a node that is damaged now.
#pragma once

#include <cstdint>
#include <vector>

#include "persistent-data/survey/device_scan.h"
#include "persistent-data/survey/stored_counts.h"
#include "thin-tools/repair/evidence/node_children.h"

namespace thin_tools {

class reference_census {
 public:
  // Counts the children of every live internal node. Leaves of top level trees
  // and the roots in superblocks are added by the caller.
  reference_census(const pdata::block_scan& scan, const node_children& children,
                   const pdata::stored_counts& counts);

  void add(pdata::metadata_block block) {
    if (block < refs_.size()) ++refs_[block];
  }
  std::uint32_t refs(pdata::metadata_block block) const { return refs_[block]; }

  // References that nobody makes any more; 0 where the count is not known.
  std::uint32_t missing(pdata::metadata_block block) const;

  // Nodes that are referenced more often than they are counted. 0 in a state
  // that belongs together, whatever is damaged.
  std::uint64_t contradictions() const;

 private:
  const pdata::stored_counts& counts_;
  std::vector<std::uint32_t> refs_;
};

}  // namespace thin_tools
