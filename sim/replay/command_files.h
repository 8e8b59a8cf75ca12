// The files of a command that replays or that joins and compares reports.
#pragma once

#include <string>
#include <vector>

#include "thin-tools/console/command_line.h"
#include "thin-tools/gate/gate.h"

namespace sim::replay {

inline constexpr const char* json_role = "JSON report";
inline constexpr const char* csv_role = "CSV report";
inline constexpr const char* html_role = "HTML report";
inline constexpr const char* junit_role = "JUnit report";
inline constexpr const char* metadata_role = "saved metadata";

using passes = std::vector<thin_tools::pass>;

// Adds the passes of all that the command line names, inputs first, then JUnit, so that whoever
// holds them can still say in JUnit what was refused. `operand_role`: "trace" or "text".
// Throws pdata::error as the gate does.
void admit_files(const thin_tools::command_line& line, const std::string& operand_role,
                 passes& held);

}  // namespace sim::replay
