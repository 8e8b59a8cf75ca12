#include "sim/report/csv_text.h"

#include <fmt/format.h>

#include "sim/report/series_recorder.h"

namespace sim::report {

std::string csv_line(std::span<const std::string> fields) {
  std::string line;
  for (const std::string& field : fields) {
    if (&field != &fields.front()) line += ',';
    if (field.find_first_of(",\"\r\n") == std::string::npos) {
      line += field;
      continue;
    }
    line += '"';
    for (const char c : field) line += c == '"' ? "\"\"" : std::string(1, c);
    line += '"';
  }
  return line + "\n";
}

std::string series_csv(const replay_report& report) {
  constexpr std::uint64_t second_ns = 1'000'000'000;
  std::string text = "time_s";
  for (const series_column& column : series_columns) text += fmt::format(",{}", column.name);
  text += '\n';
  for (const series_point& p : report.series) {
    text += fmt::format("{}.{:09}", p.time_ns / second_ns, p.time_ns % second_ns);
    for (const series_column& column : series_columns) text += fmt::format(",{}", p.*column.field);
    text += '\n';
  }
  return text;
}

}  // namespace sim::report
