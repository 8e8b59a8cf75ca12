// CSV as RFC 4180 has it, with line feeds alone.
#pragma once

#include <span>
#include <string>

#include "sim/report/replay_report.h"

namespace sim::report {

// Fields with a comma, a quote or a line end are quoted.
std::string csv_line(std::span<const std::string> fields);

// The time series: a header line, then a line for each sample.
std::string series_csv(const replay_report& report);

}  // namespace sim::report
