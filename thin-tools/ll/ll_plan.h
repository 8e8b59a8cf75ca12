// What thin_ll_restore is asked to build: the XML of thin_ll_dump, perhaps edited.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "persistent-data/base/ids.h"
#include "thin-tools/gate/gate.h"
#include "thin-tools/text/xml_reader.h"

namespace thin_tools {

struct ll_plan {
  pdata::metadata_block superblock = 0;  // 0, or the metadata snapshot's copy
  pdata::metadata_block mapping_root = 0;
  pdata::metadata_block details_root = 0;
  // For each device the nodes that its mappings are below, in the order given.
  std::map<pdata::device_id, std::vector<pdata::metadata_block>> devices;
};

// Reads a file or standard input. The list of orphans is looked at, and left
// out. Throws error, naming file, line and element, if the text is not such XML or
// a device comes twice.
ll_plan read_ll_plan(const pass& input, const warning_listener& warn);

}  // namespace thin_tools
