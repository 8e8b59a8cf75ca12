// Several reports side by side: the variants of a sweep, or of its shards.
//
// A sweep document is {"format": "thin_sim sweep", "version": 1,
// "reports": [...]}. Wherever reports are read, both forms are.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sim::report {

inline constexpr std::string_view sweep_format = "thin_sim sweep";

struct json_input {
  std::string name;  // of the file, for messages
  std::string text;
};

// One sweep document with the reports of all inputs, by name as people sort
// (numbers by value). Throws pdata::error if an input is no report, is of
// another version, or if two reports have one name and differ; the same report
// twice (a shard that ran twice) is kept once.
std::string merge_reports(std::span<const json_input> inputs);

// The table of a report or sweep document: a line for each report, the settings
// that differ and the values that matter most, as columns.
std::string comparison_table(const json_input& document);
// The same with all settings and all values, as CSV.
std::string comparison_csv(const json_input& document);

}  // namespace sim::report
