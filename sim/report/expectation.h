// `--expect 'NAME OP NUMBER'`: a condition on one value of the report.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "sim/report/replay_report.h"
#include "sim/report/report_values.h"

namespace sim::report {

enum class comparison : std::uint8_t { less, less_equal, equal, not_equal, greater_equal, greater };

struct expectation {
  std::string expression;  // as the user wrote it
  const value_row* value;
  comparison op;
  double number;
  // Of a baseline: the number is what the value may differ by, in its unit or in percent.
  enum class relation : std::uint8_t { none, difference, percent } to_baseline = relation::none;
};

// NUMBER with a sign is relative to a baseline: +100, -5%. OP is one of < <= == != >= >. Throws
// pdata::error that says what is wrong with the expression; a mistyped name gets the names most
// like it.
expectation parse_expectation(std::string_view expression);

// `baseline`: values by name. Throws pdata::error if a value is needed and missing.
expectation_outcome evaluate(const expectation& expected, const replay_report& report,
                             const std::map<std::string, double>& baseline = {});

}  // namespace sim::report
