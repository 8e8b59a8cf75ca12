// One replay from its settings to its report.
#pragma once

#include <string>
#include <vector>

#include "sim/replay/replay_settings.h"
#include "sim/report/replay_report.h"

namespace sim::replay {

struct run_options {
  bool shows_progress = true;
};

// Replays, and writes what the settings ask for. Throws pdata::error.
report::replay_report run_replay(const replay_settings& settings, const run_options& options);

// What the replay disagreed about, and which expectations do not hold: a line
// each. None: the outcome is good.
std::vector<std::string> failures(const report::replay_report& report);

}  // namespace sim::replay
