#include "sim/report/column_words.h"

namespace sim::report {

std::string columns_text(const trace::trace_description& assumed) {
  std::string text;
  for (const auto& column : assumed.columns) {
    if (!text.empty()) text += ", ";
    if (!column.name.empty()) text += column.name + ": ";
    const bool counts =
        column.meaning == "time" || column.meaning == "offset" || column.meaning == "length";
    text += column.meaning;
    if (!column.unit.empty()) text += counts ? " in " + column.unit : " (" + column.unit + ")";
  }
  return text;
}

}  // namespace sim::report
