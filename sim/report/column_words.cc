#include "sim/report/column_words.h"

#include <fmt/format.h>

namespace sim::report {

std::string columns_text(const trace::trace_description& assumed) {
  std::string text;
  for (const auto& column : assumed.columns)
    text += fmt::format("{}{}: {}{}{}", text.empty() ? "" : ", ", column.name, column.meaning,
                        column.unit.empty() ? "" : " in ", column.unit);
  return text;
}

}  // namespace sim::report
