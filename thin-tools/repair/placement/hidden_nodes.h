// Live nodes that cannot be read, and to which no readable node refers as often as they are
// counted: they stand between damaged nodes and what lost its parents, or would themselves
// be what is missing there. How much they leave open is what is asked here.
#pragma once

#include <set>

#include "thin-tools/repair/history/root_choice.h"
#include "thin-tools/repair/scan/census.h"
#include "thin-tools/repair/scan/device_scan.h"

namespace thin_tools {

struct hidden_nodes {
  // False: some count is not known, or a readable node says too little of itself. There may
  // be any number of them.
  bool all_known = true;
  std::uint64_t count = 0;
  // One to which no readable node refers is counted more than once.
  bool any_shared = false;
  // Those to which readable nodes refer as well, so that there is a hole.
  std::set<pdata::metadata_block> holes;
};

hidden_nodes find_hidden_nodes(const device_scan& device, const chosen_roots& roots,
                               const reference_census& census);

}  // namespace thin_tools
