// The report as one page for a browser: plots, map, tables. It fetches nothing,
// so it can be mailed, archived by CI or opened from a disk.
#pragma once

#include <string>
#include <string_view>

#include "sim/report/replay_report.h"

namespace sim::report {

std::string to_html(const replay_report& report);

// The page around its body; `charts` and `map` are what chart_data and map_data return.
std::string page_html(std::string_view title, std::string_view body, std::string_view charts,
                      std::string_view map);

}  // namespace sim::report
