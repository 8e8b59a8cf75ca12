// The summary that a replay ends with on the terminal.
#pragma once

#include <string>

#include "sim/report/replay_report.h"

namespace sim::report {

std::string text_summary(const replay_report& report);

}  // namespace sim::report
