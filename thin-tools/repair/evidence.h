// What the whole device shows, gathered once and looked at from many sides.
#pragma once

#include "thin-tools/repair/block_scan.h"
#include "thin-tools/repair/node_children.h"

namespace thin_tools {

struct evidence {
  explicit evidence(pdata::batch_reader& from, pdata::metadata_block nr_blocks)
      : reader(from), scan(from, nr_blocks), children(from, scan) {}

  pdata::batch_reader& reader;
  block_scan scan;
  node_children children;
};

}  // namespace thin_tools
