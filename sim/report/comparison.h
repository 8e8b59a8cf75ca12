// Two reports against each other, and the pages of comparisons and sweeps.
#pragma once

#include <map>
#include <string>

#include "sim/report/sweep.h"

namespace sim::report {

// The values that differ, with their change. Of sweeps those reports are compared that
// have one name in both; one report alone is compared with another whatever their names.
// Throws pdata::error if an input is no report, or if there is nothing to compare.
std::string compare_text(const json_input& before, const json_input& after);
// The same as a page, with plots over each other.
std::string compare_html(const json_input& before, const json_input& after);

// A sweep as a page: its verdict, its variants side by side and over each other.
std::string sweep_html(const json_input& document, const sweep_rules& rules);

// The values of a report that others are measured by: of the run `name`, or of the
// only one there is. Throws pdata::error.
std::map<std::string, double> baseline_values(const json_input& input, const std::string& name);

}  // namespace sim::report
