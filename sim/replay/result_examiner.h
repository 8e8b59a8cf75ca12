// Looks at the metadata that a replay leaves, as any offline tool would, and
// holds it against the status lines and against what the requests must have
// mapped. Fills the report's picture of the pool at the end.
#pragma once

#include <string>
#include <vector>

#include "sim/disk/backing.h"
#include "sim/replay/request_runner.h"
#include "sim/report/replay_report.h"

namespace sim::replay {

struct expected_result {
  std::vector<const replayed_device*> devices;
  std::string pool_status;  // the pool's last status line
  std::uint64_t last_request = 0;
  bool compares_mappings = true;  // with what requests have written
  bool may_leak = false;          // power was lost: data blocks may be counted and not mapped
};

// Throws disagreement; pdata::error if there is no metadata to be read.
void examine_result(backing& metadata, const expected_result& expected,
                    report::replay_report& report);

}  // namespace sim::replay
