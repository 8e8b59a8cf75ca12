// Values of a report in words, and as a machine reads them.
#pragma once

#include <string>
#include <string_view>

#include "sim/report/report_values.h"

namespace sim::report {

// A value with its unit, as a table shows it.
std::string value_text(const report_number& number, std::string_view unit);
// As a machine reads it: 12345, 1.25.
std::string plain_text(const report_number& number);

}  // namespace sim::report
