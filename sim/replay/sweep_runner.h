// Runs the variants of a sweep, each in a process of its own.
#pragma once

#include <string>
#include <vector>

#include "sim/replay/replay_settings.h"
#include "sim/report/sweep.h"

namespace sim::replay {

struct sweep_outcome {
  std::vector<report::json_input> reports;  // in the order of the variants
  bool good = true;                         // every variant ended well
};

// At most `jobs` at a time. Variants that fail say so on standard error and have
// no report.
sweep_outcome run_sweep(const std::vector<replay_settings>& variants, unsigned jobs);

}  // namespace sim::replay
