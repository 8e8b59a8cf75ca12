// Line charts of the page. The plot is an SVG that stretches with the page, the
// words around it are HTML, so they keep their size on a phone. It shows
// everything without scripts; the page's script adds the values under the
// pointer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/report/replay_report.h"

namespace sim::report {

struct chart_line {
  std::string label;
  std::vector<double> values;
};

enum class chart_form : std::uint8_t {
  lines,  // a value at each time
  bins,   // a value for each stretch from one time to the next, one less than times
};

struct chart {
  std::string title;
  std::string unit;               // of the values: "blocks", "requests in each 10 s"
  std::vector<chart_line> lines;  // at most six
  chart_form form = chart_form::lines;
  bool whole = true;          // the values are counts
  std::vector<double> limit;  // the capacity at each time; empty: none
  std::vector<double> times;  // seconds, ascending
};

// A vertical line at a time, in the colour of its kind.
struct chart_mark {
  double seconds;
  mark_kind kind;
};

// All charts of a page go from 0 to `end` seconds.
std::string chart_html(const chart& drawn, double end, const std::vector<chart_mark>& marks,
                       std::size_t number);

// The key to the marks that are there, "" if none are.
std::string marks_legend_html(const std::vector<chart_mark>& marks);

// What the script needs to know of all charts, as JSON that is safe inside a
// script element.
std::string chart_data(const std::vector<chart>& charts, double end);

}  // namespace sim::report
