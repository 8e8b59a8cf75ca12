#include "sim/report/html_heat.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "sim/report/html_chart.h"
#include "sim/report/report_charts.h"
#include "thin-tools/page/axis.h"
#include "thin-tools/page/html_frame.h"
#include "thin-tools/page/human_numbers.h"

namespace sim::report {

using namespace thin_tools::page;

namespace {

constexpr std::size_t levels = 4;

std::uint64_t sectors_of(const heat_map& heat) {
  return std::accumulate(heat.cells().begin(), heat.cells().end(), std::uint64_t{0});
}

// Equal ratios from the least cell to the most.
std::size_t level_of(std::uint64_t sectors, std::uint64_t most) {
  const double part =
      std::log1p(static_cast<double>(sectors)) / std::log1p(static_cast<double>(most));
  return std::min(levels - 1, static_cast<std::size_t>(part * levels));
}

std::string heat_card(const heat_map& heat, std::string title, int colour, double end) {
  if (heat.empty()) return {};
  const auto most = std::ranges::max(heat.cells());
  std::array<std::string, levels> filled;
  for (std::size_t cell = 0; cell < heat.cells().size(); ++cell) {
    if (heat.cells()[cell] == 0) continue;
    const auto column = cell % heat_map::columns;
    const auto row = heat_map::rows - 1 - cell / heat_map::columns;
    filled[level_of(heat.cells()[cell], most)] += fmt::format("M{} {}h1v1h-1z", column, row);
  }
  std::string svg;
  for (std::size_t level = 0; level < levels; ++level)
    if (!filled[level].empty())
      svg += fmt::format("<path class=\"f{} v{}\" d=\"{}\"/>", colour, level + 1, filled[level]);

  plot_frame frame;
  frame.title = std::move(title);
  const auto cell = fmt::format("{} by {}", time_text(heat.column_ns()),
                                bytes_text(heat.row_sectors() * pdata::sector_bytes));
  frame.subtitle = fmt::format("addresses over time; a cell is {}, the darkest {}", cell,
                               bytes_text(most * pdata::sector_bytes));
  const double column = static_cast<double>(heat.column_ns()) / 1e9;
  const double across = std::max(std::min(end, column * heat_map::columns), column);
  for (const axis_mark& mark : time_axis(across).marks)
    frame.below.push_back({mark.value / across * 100, mark.text});
  constexpr std::size_t quarters = 4;
  for (std::size_t i = 0; i <= quarters; ++i)
    frame.left.push_back(
        {100.0 * static_cast<double>(i) / quarters,
         bytes_text(heat_map::rows * heat.row_sectors() * i / quarters * pdata::sector_bytes)});
  frame.inside = fmt::format(
      "<svg class=\"heat\" viewBox=\"0 0 {:.3f} {}\" preserveAspectRatio=\"none\" role=\"img\" "
      "aria-label=\"Addresses over time\">{}</svg>",
      across / column, heat_map::rows, svg);
  frame.attributes = "data-heat";
  return frame_html(frame);
}

}  // namespace

std::string heat_html(const replay_report& r) {
  const auto busiest = std::ranges::max_element(
      r.heat, {}, [](const device_heat& d) { return sectors_of(d.reads) + sectors_of(d.writes); });
  if (busiest == r.heat.end()) return {};
  const std::string of = r.heat.size() == 1 ? busiest->device
                                            : fmt::format("{}, the busiest of the first {} volumes",
                                                          busiest->device, r.heat.size());
  constexpr int write_colour = 2;
  constexpr int read_colour = 1;
  return heat_card(busiest->writes, "Written: " + of, write_colour, end_of(r)) +
         heat_card(busiest->reads, "Read: " + of, read_colour, end_of(r));
}

}  // namespace sim::report
