// The plots of a report over time.
#pragma once

#include <vector>

#include "sim/report/html_chart.h"

namespace sim::report {

// Seconds that the plots show.
double end_of(const replay_report& report);

std::vector<chart> charts_of(const replay_report& report);
std::vector<chart_mark> marks_of(const replay_report& report);

// The edges of the bins in which rates are counted, in nanoseconds: multiples of an
// interval that people use, at most 160 bins, the last edge at or behind the end.
std::vector<std::uint64_t> bin_edges(const replay_report& report);

}  // namespace sim::report
