// Runs the variants of a sweep, each in a process of its own.
#pragma once

#include <string>
#include <vector>

#include "sim/replay/replay_settings.h"
#include "sim/report/sweep.h"

namespace sim::replay {

struct sweep_outcome {
  std::vector<report::json_input> reports;  // in the order of the variants
  report::run_times times;
};

// At most `jobs` at a time. Each has a report, also one that did not come to its end.
sweep_outcome run_sweep(const std::vector<replay_settings>& variants, unsigned jobs);

}  // namespace sim::replay
