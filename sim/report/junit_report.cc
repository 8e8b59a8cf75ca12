#include "sim/report/junit_report.h"

#include <fmt/format.h>

#include <vector>

#include "sim/report/markup.h"

namespace sim::report {

namespace {

struct test_case {
  std::string name;
  std::string failure;  // "": passed
};

std::vector<test_case> cases_of(const replay_report& report, bool strict_trace) {
  std::vector<test_case> cases;
  cases.push_back({"data and metadata agree with the model", report.verified.disagreement});
  std::string damage;
  if (strict_trace && report.damaged_records != 0) {
    damage = fmt::format("{} damaged records", report.damaged_records);
    for (const std::string& problem : report.trace_problems) damage += "\n" + problem;
  }
  cases.push_back({"the trace is read whole", damage});
  for (const expectation_outcome& outcome : report.expectations)
    cases.push_back(
        {outcome.expression, outcome.holds ? "" : fmt::format("the value is {}", outcome.value)});
  return cases;
}

}  // namespace

std::string to_junit(const replay_report& report, bool strict_trace) {
  const std::vector<test_case> cases = cases_of(report, strict_trace);
  std::size_t failures = 0;
  std::string body;
  for (const test_case& test : cases) {
    body +=
        fmt::format("    <testcase classname=\"thin_sim.replay\" name=\"{}\"", escaped(test.name));
    if (test.failure.empty()) {
      body += "/>\n";
      continue;
    }
    ++failures;
    const std::string first_line = test.failure.substr(0, test.failure.find('\n'));
    body += fmt::format(">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
                        escaped(first_line), escaped(test.failure));
  }
  const std::string counts =
      fmt::format("tests=\"{}\" failures=\"{}\" errors=\"0\"", cases.size(), failures);
  const std::string name = escaped(report.name.empty() ? "thin_sim replay" : report.name);
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites {0}>\n  <testsuite name=\"{1}\" {0}>\n{2}  </testsuite>\n</testsuites>\n",
      counts, name, body);
}

}  // namespace sim::report
