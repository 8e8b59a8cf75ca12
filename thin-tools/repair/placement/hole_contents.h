// What fills one hole: subtrees as they are, and parts of leaves on which several
// agree. Of parts whole leaves are made, at least a third full, as the kernel leaves
// them: a part that is too small joins the parts or the leaf beside it.
#pragma once

#include <variant>
#include <vector>

#include "thin-tools/repair/trees/device_trees.h"

namespace thin_tools {

struct hole_content {
  std::uint64_t first_key = 0;
  std::uint64_t last_key = 0;
  std::variant<graft, agreed_part> what;
};

using hole_contents = std::vector<hole_content>;

// Contents in any order; what overlaps what is before it is left out. If `alone`, a single leaf of
// any size will do: it is the whole tree. What is too little for a leaf and has no leaf beside it
// is left out.
std::vector<graft> make_grafts(mapping_forest& forest, pdata::block_device& device,
                               hole_contents contents, bool alone, const value_filter& possible);

}  // namespace thin_tools
