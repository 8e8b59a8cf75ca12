// Plots that show several stored reports over each other.
#pragma once

#include <vector>

#include "sim/report/html_chart.h"
#include "sim/report/stored_report.h"

namespace sim::report {

struct overlay {
  std::vector<chart> charts;
  double end = 0;  // seconds
};

// Space, work and writes, with a line for each report under its label; at most six.
overlay overlay_of(const std::vector<const json*>& reports, const std::vector<std::string>& labels);

}  // namespace sim::report
