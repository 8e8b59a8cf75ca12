// Whole subtrees of mappings that no tree of the pool leads to: what older
// transactions left, and what damage above cut off.
#pragma once

#include <memory>
#include <vector>

#include "persistent-data/survey/pool_layout.h"
#include "thin-tools/ll/mapping_nodes.h"

namespace thin_tools {

struct orphan_list {
  std::unique_ptr<mapping_nodes> nodes;
  std::vector<pdata::metadata_block> roots;  // ascending; no one is below another
};

// `mapped`: which blocks the mapping trees of the devices consist of. Only
// blocks from `begin` on, below `end`, are listed.
orphan_list find_orphans(pdata::batch_reader& reader, const pdata::pool_layout& layout,
                         const std::vector<bool>& mapped, pdata::metadata_block begin,
                         pdata::metadata_block end);

}  // namespace thin_tools
