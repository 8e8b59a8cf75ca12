// The report as one page for a browser: plots, map, tables. It fetches nothing,
// so it can be mailed, archived by CI or opened from a disk.
#pragma once

#include <string>

#include "sim/report/replay_report.h"

namespace sim::report {

std::string to_html(const replay_report& report);

}  // namespace sim::report
