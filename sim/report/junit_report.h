// Verdicts as JUnit XML, for CI: a test suite for each run, a test case for each
// check of its verdict. Accepted by the schemas of Apache Ant's junitreport and of
// Jenkins' xunit plugin, of which Ant's is the stricter.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sim/report/run_clock.h"
#include "sim/report/verdict.h"

namespace sim::report {

struct junit_run {
  std::string variant;  // its name; "": none
  std::vector<std::string> traces;
  verdict result;
  run_time time;
};

// An error, in the sense of JUnit, is a run that did not come to its end. What is
// allowed is a test case that passes, and says so in the suite's output.
std::string to_junit(std::span<const junit_run> runs);

}  // namespace sim::report
