// The one verdict on a replay: exit status, summary, JSON, JUnit and page all take
// it from here.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/report/replay_report.h"

namespace sim::report {

// What `--allow` takes: findings that do not fail a run.
struct allowance {
  std::string_view name;
  std::string_view text;  // what is then let pass
};
std::span<const allowance> allowances();
bool is_allowance(std::string_view name);
std::string allowance_names();  // "a, b or c"

// Of all records of a trace; above it they fail a run.
inline constexpr double damaged_share_max = 0.001;

enum class outcome : std::uint8_t { passed, allowed, failed, error };
std::string_view name_of(outcome result);

struct checked {
  std::string name;   // of the allowance that covers it; "agreement", "run", "expectation"
  std::string title;  // "no request failed"
  outcome result = outcome::passed;
  std::string text;  // what was found; "" if passed
};

struct verdict {
  std::vector<checked> checks;

  bool good() const;
  std::size_t count(outcome result) const;
  // What was found, a line each, of the checks with that outcome.
  std::vector<std::string> texts(outcome result) const;
  // Those that failed, and errors.
  std::vector<std::string> failures() const;
};

verdict judge(const replay_report& report);

// A check that failed, or is allowed, or passed where `text` is "".
checked check_of(std::string_view name, std::string title, std::string text,
                 const std::set<std::string>& allowed);

}  // namespace sim::report
