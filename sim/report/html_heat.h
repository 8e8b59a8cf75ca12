// Where volumes are read and written over time, as maps of time by address.
#pragma once

#include <string>

#include "sim/report/replay_report.h"

namespace sim::report {

// A map for reads and one for writes of the volume with the most traffic.
std::string heat_html(const replay_report& report);

}  // namespace sim::report
