#include "sim/report/overlay.h"

#include <algorithm>

#include "persistent-data/base/sort_unique.h"

namespace sim::report {

namespace {

constexpr std::size_t lines_max = 6;

struct stored_line {
  std::vector<double> times;  // seconds
  std::vector<double> values;
};

std::vector<double> numbers(const json& series, const char* name, double factor) {
  std::vector<double> found;
  if (!series.is_object() || !series.contains(name) || !series[name].is_array()) return found;
  for (const auto& value : series[name])
    found.push_back(value.is_number() ? factor * value.get<double>() : 0);
  return found;
}

stored_line line_of(const json& report, const char* column, double factor) {
  if (!report.contains("series")) return {};
  stored_line line{numbers(report["series"], "time_ns", 1e-9),
                   numbers(report["series"], column, factor)};
  const auto length = std::min(line.times.size(), line.values.size());
  line.times.resize(length);
  line.values.resize(length);
  return line;
}

// The last value at or before a time; before the first one, the first.
double at(const stored_line& line, double time) {
  if (line.values.empty()) return 0;
  const auto after = std::ranges::upper_bound(line.times, time);
  return line.values[static_cast<std::size_t>(
      std::max<std::ptrdiff_t>(after - line.times.begin() - 1, 0))];
}

struct plotted {
  const char* title;
  const char* unit;
  const char* column;
  double factor;   // of a block, if in_blocks
  bool in_blocks;  // the factor is the data block size of the report
};

constexpr double mib = 1 << 20;
constexpr plotted shown[] = {
    {"Data in use", "MiB", "data_blocks", 1 / mib, true},
    {"Metadata in use", "MiB, without the kernel's reserve", "metadata_blocks", 4096 / mib, false},
    {"Written to the data device", "MiB so far", "data_written_bytes", 1 / mib, false},
    {"Zeroed", "MiB so far", "zeroed_blocks", 1 / mib, true},
    {"Copied", "MiB so far", "copied_blocks", 1 / mib, true},
    {"Metadata written", "MiB so far", "metadata_blocks_written", 4096 / mib, false},
    {"Commits", "so far", "commits", 1, false},
    {"Requests", "so far", "requests", 1, false},
};

double block_bytes(const json& report) {
  const auto bytes = value_of(report, "block_bytes");
  return bytes ? bytes->as_double() : 0;
}

}  // namespace

overlay overlay_of(const std::vector<const json*>& reports,
                   const std::vector<std::string>& labels) {
  overlay all;
  for (const auto& p : shown) {
    chart drawn{
        .title = p.title, .unit = p.unit, .lines = {}, .whole = false, .limit = {}, .times = {}};
    std::vector<stored_line> lines;
    for (std::size_t i = 0; i < std::min(reports.size(), lines_max); ++i) {
      const double factor = p.in_blocks ? p.factor * block_bytes(*reports[i]) : p.factor;
      lines.push_back(line_of(*reports[i], p.column, factor));
      drawn.times.insert(drawn.times.end(), lines.back().times.begin(), lines.back().times.end());
    }
    pdata::sort_unique(drawn.times);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      chart_line line{labels[i], {}};
      for (const double time : drawn.times) line.values.push_back(at(lines[i], time));
      drawn.lines.push_back(std::move(line));
    }
    if (!drawn.times.empty()) all.end = std::max(all.end, drawn.times.back());
    all.charts.push_back(std::move(drawn));
  }
  return all;
}

}  // namespace sim::report
