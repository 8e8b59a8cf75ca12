// What else is known of where subtrees without a parent belong, beside their keys,
// heights and reference counts: for the filler of holes.
#pragma once

#include "thin-tools/repair/trees/device_trees.h"

namespace thin_tools {

class placement_evidence {
 public:
  virtual ~placement_evidence() = default;

  // True if the subtree at that location was certainly nowhere below the node
  // that the hole has lost. Asked once for each pair that would fit otherwise.
  virtual bool excluded(const hole_id& place, pdata::metadata_block subtree) const = 0;
};

}  // namespace thin_tools
