// `--expect 'NAME OP NUMBER'`: a condition on one value of the report.
#pragma once

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
};

// OP is one of < <= == != >= >. Throws pdata::error that says what is wrong
// with the expression; a mistyped name gets the names most like it.
expectation parse_expectation(std::string_view expression);

expectation_outcome evaluate(const expectation& expected, const replay_report& report);

}  // namespace sim::report
