// Line charts of the page. The plot is an SVG that stretches with the page, the
// words around it are HTML, so they keep their size on a phone. It shows
// everything without scripts; the page's script adds the values under the
// pointer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sim::report {

struct chart_line {
  std::string label;
  std::vector<double> values;  // one for each time
};

struct chart {
  std::string title;
  std::string unit;               // of the values: "blocks", "blocks/s"
  std::vector<chart_line> lines;  // at most three
  bool whole = true;              // the values are counts
  double limit = 0;               // a line at the capacity; 0: none
};

// `times` in seconds, ascending, for all charts of the page.
std::string chart_html(const chart& drawn, const std::vector<double>& times, std::size_t number);

// What the script needs to know of all charts, as JSON that is safe inside a
// script element.
std::string chart_data(const std::vector<chart>& charts, const std::vector<double>& times);

// The frame around a plot: title, value axis, `inside`, marks below.
struct plot_mark {
  double percent;  // from the left or the bottom
  std::string text;
};
struct plot_frame {
  std::string title;
  std::string subtitle;
  std::string legend;  // HTML
  std::vector<plot_mark> below;
  std::vector<plot_mark> left;
  std::string inside;      // HTML
  std::string attributes;  // of the plot's element
  bool wide = false;       // as wide as the page
};
std::string frame_html(const plot_frame& frame);

}  // namespace sim::report
