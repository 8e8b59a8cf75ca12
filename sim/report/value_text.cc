#include "sim/report/value_text.h"

#include <fmt/format.h>

#include <cmath>

#include "thin-tools/page/human_numbers.h"

namespace sim::report {

using namespace thin_tools::page;

std::string value_text(const report_number& number, std::string_view unit) {
  if (unit == "bytes" && number.whole) return bytes_text(number.integer);
  if (!number.whole && std::isinf(number.real)) return "never";
  constexpr double longest_s = 1e10;  // nanoseconds of that fit in 64 bits
  if (unit == "s" && !number.whole && number.real >= longest_s) return "more than 300 years";
  if (unit == "s" && !number.whole && number.real >= 0)
    return time_text(static_cast<std::uint64_t>(number.real * 1e9));
  constexpr double no_fraction = 1e5;
  constexpr double countable = 1e18;
  const bool large = !number.whole && number.real >= no_fraction && number.real < countable;
  std::string text = number.whole ? with_separators(number.integer)
                     : large
                         ? with_separators(static_cast<std::uint64_t>(std::llround(number.real)))
                         : decimals(number.real, 3);
  if (unit == "%") return text + " %";
  if (!unit.empty()) text += " " + std::string(unit);
  return text;
}

std::string plain_text(const report_number& number) {
  return number.whole ? std::to_string(number.integer) : fmt::format("{:.6g}", number.real);
}

}  // namespace sim::report
