// One replay from its settings to its report.
#pragma once

#include <string>

#include "sim/replay/replay_settings.h"
#include "sim/report/junit_report.h"
#include "sim/report/replay_report.h"

namespace sim::replay {

struct run_options {
  bool shows_progress = true;
};

// Replays, and writes what the settings ask for. Whatever ends a replay before its
// end is the report's `error`, so that there is a report of every run.
report::replay_report run_replay(const replay_settings& settings, const run_options& options);

// A report of a run that never began.
report::replay_report failed_report(const replay_settings& settings, std::string error);

}  // namespace sim::replay
