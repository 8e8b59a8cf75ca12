// The tables of the page.
#pragma once

#include <string>

#include "sim/report/replay_report.h"

namespace sim::report {

std::string expectations_html(const replay_report& report);  // "" without any
std::string tables_html(const replay_report& report);

}  // namespace sim::report
