#include "sim/report/html_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "sim/report/series_recorder.h"
#include "thin-tools/page/axis.h"
#include "thin-tools/page/html_frame.h"
#include "thin-tools/page/html_page.h"
#include "thin-tools/page/markup.h"

namespace sim::report {

using namespace thin_tools::page;

namespace {

constexpr double plot_size = 1000;  // of the SVG's own coordinates, both ways

double highest_of(const chart& drawn) {
  double highest = 0;
  for (const chart_line& line : drawn.lines)
    for (const double value : line.values) highest = std::max(highest, value);
  return highest;
}

class plotter {
 public:
  plotter(const axis& x, const axis& y) : x_(x), y_(y) {}

  std::string lines(const std::vector<double>& times, const std::vector<double>& values) const {
    std::string path;
    for (std::size_t i = 0; i < values.size(); ++i)
      path += fmt::format("{}{:.1f} {:.1f}", i == 0 ? 'M' : 'L', across(times[i]), up(values[i]));
    return path;
  }
  // Each value from its time to the next.
  std::string steps(const std::vector<double>& times, const std::vector<double>& values) const {
    std::string path;
    for (std::size_t i = 0; i < values.size(); ++i) {
      path += i == 0 ? fmt::format("M{:.1f} {:.1f}", across(times[0]), up(values[0]))
                     : fmt::format("V{:.1f}", up(values[i]));
      path += fmt::format("H{:.1f}", i + 1 < times.size() ? across(times[i + 1]) : plot_size);
    }
    return path;
  }
  double across(double seconds) const { return std::min(seconds / x_.end, 1.0) * plot_size; }
  double up(double value) const { return plot_size - value / y_.end * plot_size; }

 private:
  const axis& x_;
  const axis& y_;
};

std::string grid_html(const axis& y) {
  std::string grid;
  for (const axis_mark& mark : y.marks)
    grid += fmt::format("M0 {0:.1f}H{1}", plot_size - mark.value / y.end * plot_size, plot_size);
  return fmt::format("<path class=\"grid\" d=\"{}\"/>", grid);
}

std::string legend_html(const chart& drawn, bool show_limit) {
  std::string legend;
  for (std::size_t i = 0; i < drawn.lines.size() && drawn.lines.size() > 1; ++i)
    legend += fmt::format("<span><i class=\"key k{}\"></i>{}</span>", i + 1,
                          escaped(drawn.lines[i].label));
  if (show_limit) legend += "<span><i class=\"key klimit\"></i>capacity</span>";
  return legend;
}

// Lines from top to bottom; where they are many of a kind, ticks at the bottom, one row for each
// such kind, since lines would hide the plot.
std::string marks_svg(const std::vector<chart_mark>& marks, const plotter& plot) {
  constexpr std::size_t kinds = 5;
  constexpr std::size_t lines_max = 40;
  constexpr auto tick = plot_size / 20;
  std::array<std::vector<double>, kinds> places;
  for (const chart_mark& mark : marks)
    places[static_cast<std::size_t>(mark.kind)].push_back(plot.across(mark.seconds));
  std::string svg;
  auto bottom = plot_size;
  for (std::size_t kind = 0; kind < kinds; ++kind) {
    if (places[kind].empty()) continue;
    const bool many = places[kind].size() > lines_max;
    std::string path;
    for (const double place : places[kind])
      path +=
          fmt::format("M{:.1f} {}V{}", place, many ? bottom - tick : 0, many ? bottom : plot_size);
    if (many) bottom -= tick;
    svg += fmt::format("<path class=\"mark m{}\" d=\"{}\"/>", kind, path);
  }
  return svg;
}

}  // namespace

std::string chart_html(const chart& drawn, double end, const std::vector<chart_mark>& marks,
                       std::size_t number) {
  double highest = highest_of(drawn);
  const double limit = drawn.limit.empty() ? 0 : std::ranges::max(drawn.limit);
  // A capacity far above the use would flatten it.
  const bool show_limit = limit > 0 && highest > limit / 2;
  if (show_limit) highest = std::max(highest, limit);
  const axis x = time_axis(end);
  const axis y = value_axis(highest, drawn.whole ? axis_of::counts : axis_of::measures);
  const plotter plot(x, y);

  plot_frame frame;
  frame.title = drawn.title;
  frame.subtitle = drawn.unit;
  frame.legend = legend_html(drawn, show_limit);
  for (const axis_mark& mark : x.marks)
    frame.below.push_back({mark.value / x.end * 100, mark.text});
  for (const axis_mark& mark : y.marks) frame.left.push_back({mark.value / y.end * 100, mark.text});

  std::string svg = grid_html(y);
  svg += marks_svg(marks, plot);
  for (std::size_t i = 0; i < drawn.lines.size() && !drawn.times.empty(); ++i) {
    const auto& values = drawn.lines[i].values;
    const std::string path = drawn.form == chart_form::bins ? plot.steps(drawn.times, values)
                                                            : plot.lines(drawn.times, values);
    if (drawn.lines.size() == 1)
      svg +=
          fmt::format("<path class=\"area\" d=\"{0}L{1:.1f} {2}L{3:.1f} {2}Z\"/>", path,
                      plot.across(drawn.times.back()), plot_size, plot.across(drawn.times.front()));
    svg += fmt::format("<path class=\"line l{}\" d=\"{}\"/>", i + 1, path);
  }
  if (show_limit)
    svg += fmt::format("<path class=\"limit\" d=\"{}\"/>", plot.steps(drawn.times, drawn.limit));
  frame.inside = fmt::format(
      "<svg viewBox=\"0 0 {0} {0}\" preserveAspectRatio=\"none\" role=\"img\" "
      "aria-label=\"{1}\">{2}</svg><div class=\"cross\"></div><div class=\"tip\"></div>",
      plot_size, escaped(drawn.title), svg);
  frame.attributes = fmt::format("tabindex=\"0\" data-chart=\"{}\"", number);
  return frame_html(frame);
}

std::string marks_legend_html(const std::vector<chart_mark>& marks) {
  std::string legend;
  for (std::size_t kind = 0; kind < 5; ++kind) {
    const auto count = std::ranges::count_if(
        marks, [&](const chart_mark& mark) { return static_cast<std::size_t>(mark.kind) == kind; });
    if (count != 0)
      legend += fmt::format("<span><i class=\"key km{}\"></i>{} ({})</span>", kind,
                            name_of(static_cast<mark_kind>(kind)), count);
  }
  return legend.empty() ? "" : "<div class=\"legend\">" + legend + "</div>\n";
}

std::string chart_data(const std::vector<chart>& charts, double end) {
  nlohmann::ordered_json data = {{"end", end}, {"charts", nlohmann::ordered_json::array()}};
  for (const chart& drawn : charts) {
    nlohmann::ordered_json lines = nlohmann::ordered_json::array();
    for (const chart_line& line : drawn.lines)
      lines.push_back({{"label", line.label}, {"values", line.values}});
    data["charts"].push_back({{"title", drawn.title},
                              {"unit", drawn.unit},
                              {"bins", drawn.form == chart_form::bins},
                              {"times", drawn.times},
                              {"limit", drawn.limit},
                              {"lines", lines}});
  }
  return script_data(data.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
}

}  // namespace sim::report
