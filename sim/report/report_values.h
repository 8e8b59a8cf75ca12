// Every number of a report that has a name: what --expect compares, what the
// JSON calls "values", what sweeps put side by side. One table has them all.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sim/report/replay_report.h"

namespace sim::report {

// Whole numbers stay whole: a byte count may exceed what a double keeps.
struct report_number {
  bool whole = true;
  std::uint64_t integer = 0;
  double real = 0;

  static report_number of(std::uint64_t value) { return {true, value, 0}; }
  static report_number of(double value) { return {false, 0, value}; }
  double as_double() const { return whole ? static_cast<double>(integer) : real; }
};

struct value_row {
  std::string_view name;  // "data_blocks"
  std::string_view unit;  // "blocks", "bytes", "s", "%", "" for counts and factors
  std::string_view text;  // one line of documentation
  report_number (*of)(const replay_report&);
};

std::span<const value_row> value_rows();
const value_row* find_value(std::string_view name);  // null: no such name

// The names most like a mistyped one, best first: "data_blocks, data_blocks_max".
std::string similar_names(std::string_view name);

}  // namespace sim::report
