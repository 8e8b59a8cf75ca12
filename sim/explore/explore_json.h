// Parts of reports as JSON values, for reports and for saved searches.
#pragma once

#include <nlohmann/json.hpp>

#include "sim/explore/explore_report.h"

namespace sim::explore {

nlohmann::ordered_json counts_to_json(const search_counts& counts);
nlohmann::ordered_json examples_to_json(const std::map<invariant, counterexample>& examples,
                                        const search_counts& counts,
                                        const std::map<invariant, std::string>& scenarios,
                                        const std::set<invariant>& expected);

// The inverse. What is not of that form throws nlohmann::json::exception or
// pdata::error.
search_counts counts_from_json(const nlohmann::ordered_json& from);
void examples_from_json(const nlohmann::ordered_json& from, explored& to);

}  // namespace sim::explore
