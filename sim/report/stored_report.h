// Reports as they are read back from JSON, for the writers that compare them.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/report/report_values.h"
#include "sim/report/sweep.h"
#include "sim/report/verdict.h"

namespace sim::report {

using json = nlohmann::ordered_json;

struct stored_sweep {
  std::vector<std::string> planned;  // the names of all variants, if the sweep says them
  std::vector<json> reports;
};

// A report alone is a sweep of one. Throws pdata::error that names the input.
stored_sweep read_sweep(const json_input& input);

// Of a report that read_sweep has accepted.
std::string report_name(const json& report);
std::string setting_of(const json& report, const std::string& key);  // "-": not given
std::optional<report_number> value_of(const json& report, std::string_view name);
std::vector<std::string> traces_of(const json& report);
// As it was judged, with more allowed.
verdict verdict_of(const json& report, const std::set<std::string>& allowed);

// The planned variants that have no report.
std::vector<std::string> missing_variants(const stored_sweep& sweep);

}  // namespace sim::report
