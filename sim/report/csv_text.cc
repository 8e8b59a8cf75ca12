#include "sim/report/csv_text.h"

#include <fmt/format.h>

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
  std::string text =
      "time_s,data_blocks,metadata_blocks,requests,written_bytes,data_written_bytes,provisions,"
      "broken_shares,commits,metadata_blocks_written\n";
  constexpr std::uint64_t second_ns = 1'000'000'000;
  for (const series_point& p : report.series)
    text += fmt::format("{}.{:09},{},{},{},{},{},{},{},{},{}\n", p.time_ns / second_ns,
                        p.time_ns % second_ns, p.data_blocks, p.metadata_blocks, p.requests,
                        p.written_bytes, p.data_written_bytes, p.provisions, p.broken_shares,
                        p.commits, p.metadata_blocks_written);
  return text;
}

}  // namespace sim::report
