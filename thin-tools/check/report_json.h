// A check report as one JSON document. The schema is described in README.md and
// stable: members are added, never changed or removed.
#pragma once

#include <string>

#include "thin-tools/check/check.h"

namespace thin_tools {

// "healthy", "nothing_found" (of a check that left parts out), "tolerable", "leaks", "damaged".
const char* verdict_name(const check_report& report);

std::string report_json(const check_report& report, const std::string& name);

}  // namespace thin_tools
