// What the whole device shows, gathered once and looked at from many sides.
#pragma once

#include "persistent-data/io/file_device.h"
#include "persistent-data/survey/device_scan.h"
#include "thin-tools/repair/evidence/node_children.h"

namespace thin_tools {

struct evidence {
  explicit evidence(pdata::batch_reader& from, pdata::metadata_block nr_blocks)
      : reader(for_rereads(from)),
        scan(from, nr_blocks),
        children(from, scan),
        indices(scan.all_of(pdata::block_class::index)) {}

  pdata::batch_reader& reader;  // states of a device share most of what is read of them
  pdata::block_scan scan;
  node_children children;
  std::vector<pdata::metadata_block> indices;  // index blocks, ascending

 private:
  static pdata::batch_reader& for_rereads(pdata::batch_reader& from) {
    pdata::read_through_cache(from.device());
    return from;
  }
};

}  // namespace thin_tools
