// What the JSON documents of the tools have in common: the members by which a reader knows
// them, and the document that stands for a run that failed. Their schemas are in schema/.
#pragma once

#include <string>
#include <string_view>

namespace thin_tools {

// The version of every report that has no other. It rises when a member goes, changes its
// name or its meaning; new members do not raise it.
inline constexpr int json_report_version = 1;

// The first members of a report: "format": "thin_ls report", "version": 1
std::string json_head(std::string_view format);

// Bytes that are no UTF-8, as file names may have, are replaced.
std::string error_json(std::string_view tool, std::string_view text);

// Prints error_json unless something is on standard output already: two documents there
// would be none. A reader that has gone misses it.
void print_json_error(std::string_view tool, std::string_view text);

}  // namespace thin_tools
