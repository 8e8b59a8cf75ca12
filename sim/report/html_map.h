// The map of the data device and the histogram of run lengths.
#pragma once

#include <string>

#include "sim/report/replay_report.h"

namespace sim::report {

// A field of cells from left to right and top to bottom, coloured by the device
// that has most of each; a dark foot is the part that devices share.
std::string map_html(const replay_report& report);
// The map's cells for the page's script, as JSON.
std::string map_data(const replay_report& report);

std::string histogram_html(const fragmentation& layout);

}  // namespace sim::report
