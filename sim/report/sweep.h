// Several reports side by side: the variants of a sweep, or of its shards.
//
// A sweep document is {"format": "thin_sim sweep", "version": 1,
// "variants": ["NAME", ...], "reports": [...]}; `variants` are those of the whole
// sweep, of which a shard has a part. Wherever reports are read, both forms are.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/report/junit_report.h"
#include "sim/report/verdict.h"
#include "thin-tools/page/html_table.h"

namespace sim::report {

inline constexpr std::string_view sweep_format = "thin_sim sweep";

struct json_input {
  std::string name;  // of the file, for messages
  std::string text;
};

// One sweep document with the reports of all inputs, by name as people sort
// (numbers by value). Throws pdata::error if an input is no report, is of
// another version, or if two reports have one name and differ; the same report
// twice (a shard that ran twice) is kept once. `planned`: names of variants that
// must be there in the end.
std::string merge_reports(std::span<const json_input> inputs,
                          std::span<const std::string> planned = {});

struct sweep_rules {
  std::set<std::string> allowed;  // beside what each run allowed
  bool is_shard = false;          // variants may be missing
};

// The verdict on all runs together, with their names in its texts.
verdict judge_sweep(const json_input& document, const sweep_rules& rules);

// What runs took, by name, where that is known.
using run_times = std::map<std::string, run_time>;
std::vector<junit_run> junit_runs(const json_input& document, const sweep_rules& rules,
                                  const run_times& times);

// The table of a report or sweep document: a line for each report, the settings
// that differ and the values that matter most, as columns.
thin_tools::page::html_table comparison_of(const json_input& document);
std::string comparison_table(const json_input& document);
// The same with all settings and all values, as CSV.
std::string comparison_csv(const json_input& document);

}  // namespace sim::report
