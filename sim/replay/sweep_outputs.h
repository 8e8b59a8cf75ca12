// What comes out of several replays together, of `thin_sim replay --sweep` and of
// `thin_sim merge` alike.
#pragma once

#include <string_view>

#include "sim/report/sweep.h"
#include "thin-tools/console/command_line.h"

namespace sim::replay {

// Writes the files that the command line names (--json, --csv, --html, --junit), prints the
// table unless --quiet, and what failed on standard error. Returns the exit status.
int finish_sweep(const thin_tools::command_line& line, const report::json_input& merged,
                 const report::sweep_rules& rules, const report::run_times& times,
                 std::string_view command);

}  // namespace sim::replay
