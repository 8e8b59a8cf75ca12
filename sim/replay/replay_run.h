// One replay from its settings to its report.
#pragma once

#include "sim/replay/replay_settings.h"
#include "sim/report/replay_report.h"

namespace sim::replay {

struct run_options {
  bool shows_progress = true;
};

// Replays, and writes what the settings ask for. Throws pdata::error.
report::replay_report run_replay(const replay_settings& settings, const run_options& options);

// Every read and the metadata agreed, and what was expected holds.
bool is_good(const report::replay_report& report);

}  // namespace sim::replay
