#include "sim/report/html_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/report/html_chart.h"
#include "sim/report/html_heat.h"
#include "sim/report/html_tables.h"
#include "sim/report/report_charts.h"
#include "sim/report/report_values.h"
#include "sim/report/verdict.h"
#include "thin-tools/page/html_frame.h"
#include "thin-tools/page/html_map.h"
#include "thin-tools/page/html_page.h"
#include "thin-tools/page/human_numbers.h"
#include "thin-tools/page/markup.h"

namespace sim::report {

using namespace thin_tools::page;

namespace {

drawn_map map_of(const replay_report& r) {
  return {.title = "Map of the data device",
          .cells = r.data_map,
          .block_bytes = r.block_bytes(),
          .names = {}};
}

std::string tiles_html(const replay_report& r) {
  const auto number = [&](std::string_view name) { return find_value(name)->of(r).as_double(); };
  const std::uint64_t block = r.block_bytes();
  return "<div class=\"tiles\">\n" +
         tile_html("Requests", short_number(static_cast<double>(r.requests.all())),
                   "in " + time_text(r.duration_ns)) +
         tile_html("Data at most", bytes_text(r.data.highest * block),
                   fmt::format("{:.1f} % of the pool", number("data_percent"))) +
         tile_html("Metadata at most", bytes_text(r.metadata.highest * 4096),
                   fmt::format("{:.1f} % of the device", number("metadata_percent"))) +
         tile_html("Provisions", short_number(static_cast<double>(r.work.provisions)),
                   short_number(static_cast<double>(r.work.broken_shares)) + " broken shares") +
         tile_html("Data amplification", fmt::format("{:.2f}", number("data_write_amplification")),
                   fmt::format("metadata {:.3g}", number("metadata_write_amplification"))) +
         tile_html("Commits", short_number(static_cast<double>(r.work.commits)),
                   short_number(static_cast<double>(r.work.metadata_blocks_written)) +
                       " metadata blocks") +
         "</div>\n";
}

std::string head_html(const replay_report& r) {
  std::string traces;
  for (const std::string& trace : r.traces) traces += (traces.empty() ? "" : ", ") + trace;
  const std::string title = r.name.empty() ? "Replay report" : r.name;
  const verdict found = judge(r);
  std::string html = fmt::format(
      "<p class=\"soft\">thin_sim replay</p>\n<h1{}>{}</h1>\n<p class=\"soft\">{} ({}), blocks of "
      "{}</p>\n",
      found.good() ? "" : " class=\"bad\"", escaped(found.good() ? title : title + ": FAILED"),
      escaped(traces), escaped(r.trace_format), bytes_text(r.block_bytes()));
  for (const auto& failure : found.failures())
    html += fmt::format("<p class=\"verdict bad\">{}</p>\n", escaped(failure));
  for (const auto& let_pass : found.texts(outcome::allowed))
    html += fmt::format("<p class=\"verdict\">allowed: {}</p>\n", escaped(let_pass));
  if (r.error.empty() && r.verified.disagreement.empty() && r.verified.data)
    html += fmt::format(
        "<p class=\"verdict{}\">Everything agrees: {} sectors read and verified, "
        "metadata checked {}.</p>\n",
        found.good() ? " good" : "", with_separators(r.verified.sectors),
        times_text(r.verified.metadata_checks));
  return html;
}

std::string body_html(const replay_report& r, const std::vector<chart>& charts) {
  const auto marks = marks_of(r);
  std::string body = tiles_html(r) + expectations_html(r);
  body += "<h2>Over time</h2>\n" + marks_legend_html(marks) + "<div class=\"charts\">\n";
  for (std::size_t i = 0; i < charts.size(); ++i)
    body += chart_html(charts[i], end_of(r), marks, i);
  body += "</div>\n<h2>On the volumes</h2>\n<div class=\"charts\">\n" + heat_html(r);
  body += "</div>\n<h2>On the data device</h2>\n<div class=\"charts\">\n";
  const auto map = map_of(r);
  return body + maps_html({&map, 1}) + histogram_html(r.layout.by_length) + "</div>\n";
}

}  // namespace

std::string to_html(const replay_report& r) {
  const std::vector<chart> charts = r.error.empty() ? charts_of(r) : std::vector<chart>();
  std::string body = head_html(r);
  if (r.error.empty()) body += body_html(r, charts);
  body += tables_html(r);
  const auto map = map_of(r);
  return page_html((r.name.empty() ? "Replay report" : r.name) + " - thin_sim replay", body,
                   chart_data(charts, end_of(r)), maps_data({&map, 1}));
}

}  // namespace sim::report
