// The report as JSON: everything, for programs. README.md has the schema.
#pragma once

#include <string>
#include <string_view>

#include "sim/report/replay_report.h"

namespace sim::report {

// What "format" says, and the version that changes when a reader must.
inline constexpr std::string_view report_format = "thin_sim replay report";
inline constexpr int report_version = 1;

std::string to_json(const replay_report& report);

}  // namespace sim::report
