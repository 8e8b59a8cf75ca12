#include "sim/report/html_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/report/html_assets.h"
#include "sim/report/html_chart.h"
#include "sim/report/html_map.h"
#include "sim/report/html_tables.h"
#include "sim/report/human_numbers.h"
#include "sim/report/markup.h"
#include "sim/report/report_values.h"

namespace sim::report {

namespace {

using points = std::vector<series_point>;
using field = std::uint64_t series_point::*;

std::vector<double> values_of(const points& series, field of) {
  std::vector<double> values;
  for (const series_point& point : series) values.push_back(static_cast<double>(point.*of));
  return values;
}

// What a counter grew by between two samples. The first sample counts from 0.
std::vector<double> growth(const points& series, field of) {
  std::vector<double> values;
  std::uint64_t last = 0;
  for (const series_point& point : series) {
    values.push_back(static_cast<double>(point.*of - std::min(last, point.*of)));
    last = point.*of;
  }
  return values;
}

std::vector<double> per_second(const points& series, field of) {
  std::vector<double> values = growth(series, of);
  std::uint64_t last_ns = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto seconds = static_cast<double>(series[i].time_ns - last_ns) / 1e9;
    values[i] = seconds > 0 ? values[i] / seconds : 0;
    last_ns = series[i].time_ns;
  }
  // At the very start there is no time to divide by: the first stretch stands for it.
  if (values.size() > 1 && series[0].time_ns == 0) values[0] = values[1];
  return values;
}

std::vector<double> quotient(std::vector<double> part, const std::vector<double>& whole,
                             double factor) {
  for (std::size_t i = 0; i < part.size(); ++i)
    part[i] = whole[i] > 0 ? factor * part[i] / whole[i] : 0;
  return part;
}

std::vector<chart> charts_of(const replay_report& r) {
  constexpr double metadata_block_bytes = 4096;
  const points& s = r.series;
  const auto written = values_of(s, &series_point::written_bytes);
  const auto data_written = values_of(s, &series_point::data_written_bytes);
  const auto metadata_written = values_of(s, &series_point::metadata_blocks_written);
  return {
      {.title = "Data in use",
       .unit = fmt::format("blocks of {}", bytes_text(r.block_bytes())),
       .lines = {{"in use", values_of(s, &series_point::data_blocks)}},
       .limit = static_cast<double>(r.data.total)},
      {.title = "Metadata in use",
       .unit = "blocks of 4 KiB",
       .lines = {{"in use", values_of(s, &series_point::metadata_blocks)}},
       .limit = static_cast<double>(r.metadata.total)},
      {.title = "Provisions and broken shares",
       .unit = "blocks per second",
       .lines = {{"provisions", per_second(s, &series_point::provisions)},
                 {"broken shares", per_second(s, &series_point::broken_shares)}},
       .whole = false},
      {.title = "Requests",
       .unit = "per second",
       .lines = {{"requests", per_second(s, &series_point::requests)}},
       .whole = false},
      {.title = "Data write amplification",
       .unit = "bytes to the data device for each byte written, so far",
       .lines = {{"data device", quotient(data_written, written, 1)}},
       .whole = false},
      {.title = "Metadata write amplification",
       .unit = "bytes to the metadata device for each byte written, so far",
       .lines = {{"metadata device", quotient(metadata_written, written, metadata_block_bytes)}},
       .whole = false},
      {.title = "Commits",
       .unit = "per second",
       .lines = {{"commits", per_second(s, &series_point::commits)}},
       .whole = false},
      {.title = "Metadata blocks written",
       .unit = "per second",
       .lines = {{"blocks", per_second(s, &series_point::metadata_blocks_written)}},
       .whole = false},
  };
}

std::string tile(std::string_view label, const std::string& value, const std::string& more) {
  return fmt::format("<div class=\"tile\"><span>{}</span><b>{}</b><span>{}</span></div>\n", label,
                     escaped(value), escaped(more));
}

std::string tiles_html(const replay_report& r) {
  const auto number = [&](std::string_view name) { return find_value(name)->of(r).as_double(); };
  const std::uint64_t block = r.block_bytes();
  return "<div class=\"tiles\">\n" +
         tile("Requests", short_number(static_cast<double>(r.requests.all())),
              "in " + time_text(r.duration_ns)) +
         tile("Data at most", bytes_text(r.data.highest * block),
              fmt::format("{:.1f} % of the pool", number("data_percent"))) +
         tile("Metadata at most", bytes_text(r.metadata.highest * 4096),
              fmt::format("{:.1f} % of the device", number("metadata_percent"))) +
         tile("Provisions", short_number(static_cast<double>(r.work.provisions)),
              short_number(static_cast<double>(r.work.broken_shares)) + " broken shares") +
         tile("Data amplification", fmt::format("{:.2f}", number("data_write_amplification")),
              fmt::format("metadata {:.4f}", number("metadata_write_amplification"))) +
         tile("Commits", short_number(static_cast<double>(r.work.commits)),
              short_number(static_cast<double>(r.work.metadata_blocks_written)) +
                  " metadata blocks") +
         "</div>\n";
}

std::string head_html(const replay_report& r) {
  std::string traces;
  for (const std::string& trace : r.traces) traces += (traces.empty() ? "" : ", ") + trace;
  const std::string title = r.name.empty() ? "Replay report" : r.name;
  const bool good = r.verified.disagreement.empty();
  const std::string verdict =
      good ? fmt::format(
                 "Everything agrees: {} sectors read and verified, metadata checked {} times.",
                 with_separators(r.verified.sectors), with_separators(r.verified.metadata_checks))
           : r.verified.disagreement;
  return fmt::format(
      "<p class=\"soft\">thin_sim replay</p>\n<h1>{}</h1>\n<p class=\"soft\">{} ({}), blocks of {}"
      "</p>\n<p class=\"verdict {}\">{}</p>\n",
      escaped(title), escaped(traces), escaped(r.trace_format), bytes_text(r.block_bytes()),
      good ? "good" : "bad", escaped(verdict));
}

}  // namespace

std::string to_html(const replay_report& r) {
  std::vector<double> times;
  for (const series_point& point : r.series)
    times.push_back(static_cast<double>(point.time_ns) / 1e9);
  const std::vector<chart> charts = charts_of(r);

  std::string body = head_html(r) + tiles_html(r) + expectations_html(r);
  body += "<h2>Over time</h2>\n<div class=\"charts\">\n";
  for (std::size_t i = 0; i < charts.size(); ++i) body += chart_html(charts[i], times, i);
  body += "</div>\n<h2>On the data device</h2>\n<div class=\"charts\">\n";
  body += map_html(r) + histogram_html(r.layout) + "</div>\n" + tables_html(r);

  std::string page =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
      escaped(r.name.empty() ? "Replay report" : r.name) + " - thin_sim replay</title>\n<style>";
  page += page_style;
  page += "</style>\n</head>\n<body>\n<main>\n" + body + "</main>\n";
  page += "<script type=\"application/json\" id=\"chart-data\">" + chart_data(charts, times);
  page += "</script>\n<script type=\"application/json\" id=\"map-data\">" + map_data(r);
  page += "</script>\n<script>";
  page += page_script;
  return page + "</script>\n</body>\n</html>\n";
}

}  // namespace sim::report
