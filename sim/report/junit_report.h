// The report as JUnit XML, for CI: a test case for the verification of the data,
// one for the metadata, one for the trace itself and one for each expectation.
#pragma once

#include <string>

#include "sim/report/replay_report.h"

namespace sim::report {

// `strict_trace`: damaged records fail their test case.
std::string to_junit(const replay_report& report, bool strict_trace = false);

}  // namespace sim::report
