#include "sim/report/html_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/report/axis.h"
#include "sim/report/markup.h"

namespace sim::report {

namespace {

constexpr double plot_size = 1000;  // of the SVG's own coordinates, both ways

double highest_of(const chart& drawn) {
  double highest = 0;
  for (const chart_line& line : drawn.lines)
    for (const double value : line.values) highest = std::max(highest, value);
  return highest;
}

std::string path_of(const std::vector<double>& times, const chart_line& line, const axis& x,
                    const axis& y) {
  std::string path;
  for (std::size_t i = 0; i < line.values.size(); ++i)
    path += fmt::format("{}{:.1f} {:.1f}", i == 0 ? 'M' : 'L', times[i] / x.end * plot_size,
                        plot_size - line.values[i] / y.end * plot_size);
  return path;
}

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

}  // namespace

std::string frame_html(const plot_frame& frame) {
  std::string left;
  for (const plot_mark& mark : frame.left)
    left +=
        fmt::format("<span style=\"bottom:{:.2f}%\">{}</span>", mark.percent, escaped(mark.text));
  std::string below;
  for (const plot_mark& mark : frame.below)
    below +=
        fmt::format("<span style=\"left:{:.2f}%\">{}</span>", mark.percent, escaped(mark.text));
  return fmt::format(
      "<figure class=\"card{}\"><figcaption><b>{}</b> <span>{}</span></figcaption>\n"
      "<div class=\"legend\">{}</div>\n"
      "<div class=\"frame\"><div class=\"left\">{}</div>\n<div class=\"plot\" {}>{}</div>\n"
      "<div class=\"below\">{}</div></div></figure>\n",
      frame.wide ? " wide" : "", escaped(frame.title), escaped(frame.subtitle), frame.legend, left,
      frame.attributes, frame.inside, below);
}

std::string chart_html(const chart& drawn, const std::vector<double>& times, std::size_t number) {
  double highest = highest_of(drawn);
  // A capacity far above the use would flatten it.
  const bool show_limit = drawn.limit > 0 && highest > drawn.limit / 2;
  if (show_limit) highest = std::max(highest, drawn.limit);
  const axis x = time_axis(times.empty() ? 0 : times.back());
  const axis y = value_axis(highest, drawn.whole);

  plot_frame frame;
  frame.title = drawn.title;
  frame.subtitle = drawn.unit;
  frame.legend = legend_html(drawn, show_limit);
  for (const axis_mark& mark : x.marks)
    frame.below.push_back({mark.value / x.end * 100, mark.text});
  for (const axis_mark& mark : y.marks) frame.left.push_back({mark.value / y.end * 100, mark.text});

  std::string svg = grid_html(y);
  for (std::size_t i = 0; i < drawn.lines.size() && !times.empty(); ++i) {
    const std::string path = path_of(times, drawn.lines[i], x, y);
    if (drawn.lines.size() == 1)
      svg += fmt::format("<path class=\"area\" d=\"{}L{:.1f} {}L0 {}Z\"/>", path,
                         times.back() / x.end * plot_size, plot_size, plot_size);
    svg += fmt::format("<path class=\"line l{}\" d=\"{}\"/>", i + 1, path);
  }
  if (show_limit)
    svg += fmt::format("<path class=\"limit\" d=\"M0 {0:.1f}H{1}\"/>",
                       plot_size - drawn.limit / y.end * plot_size, plot_size);
  frame.inside = fmt::format(
      "<svg viewBox=\"0 0 {0} {0}\" preserveAspectRatio=\"none\" role=\"img\" "
      "aria-label=\"{1}\">{2}</svg><div class=\"cross\"></div><div class=\"tip\"></div>",
      plot_size, escaped(drawn.title), svg);
  frame.attributes = fmt::format("tabindex=\"0\" data-chart=\"{}\"", number);
  return frame_html(frame);
}

std::string chart_data(const std::vector<chart>& charts, const std::vector<double>& times) {
  nlohmann::ordered_json data = {{"times", times}, {"charts", nlohmann::ordered_json::array()}};
  for (const chart& drawn : charts) {
    nlohmann::ordered_json lines = nlohmann::ordered_json::array();
    for (const chart_line& line : drawn.lines)
      lines.push_back({{"label", line.label}, {"values", line.values}});
    data["charts"].push_back({{"unit", drawn.unit}, {"lines", lines}});
  }
  // "</script>" in a name would end the element.
  const std::string text = data.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  std::string safe;
  for (const char c : text) safe += c == '<' ? "\\u003c" : std::string(1, c);
  return safe;
}

}  // namespace sim::report
