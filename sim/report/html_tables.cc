#include "sim/report/html_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "sim/report/report_values.h"
#include "sim/report/value_text.h"
#include "thin-tools/page/html_table.h"
#include "thin-tools/page/human_numbers.h"
#include "thin-tools/page/markup.h"

namespace sim::report {

using namespace thin_tools::page;

namespace {

html_table requests_table(const request_counts& q) {
  return {{"kind", "#requests", "#size"},
          {{"reads", with_separators(q.reads), bytes_text(q.read_bytes)},
           {"writes", with_separators(q.writes), bytes_text(q.written_bytes)},
           {"of them FUA", with_separators(q.fua_writes), ""},
           {"discards", with_separators(q.discards), bytes_text(q.discarded_bytes)},
           {"flushes", with_separators(q.flushes), ""},
           {"write zeroes", with_separators(q.write_zeroes), ""},
           {"failed", with_separators(q.failed), ""}}};
}

html_table devices_table(const replay_report& r) {
  constexpr std::size_t rows_max = 200;
  html_table devices{{"#device", "what", "#size", "#mapped", "#exclusive", "#shared"}, {}};
  for (std::size_t i = 0; i < std::min(r.devices.size(), rows_max); ++i) {
    const device_space& d = r.devices[i];
    devices.rows.push_back({std::to_string(d.id), d.name,
                            bytes_text(d.virtual_sectors * pdata::sector_bytes),
                            bytes_text(d.mapped_blocks * r.block_bytes()),
                            bytes_text(d.exclusive_blocks * r.block_bytes()),
                            bytes_text(d.shared_blocks * r.block_bytes())});
  }
  return devices;
}

html_table events_table(const replay_report& r) {
  constexpr std::size_t rows_max = 200;
  html_table events{{"time", "event"}, {}};
  for (std::size_t i = 0; i < std::min(r.events.size(), rows_max); ++i)
    events.rows.push_back({time_text(r.events[i].time_ns), r.events[i].text});
  return events;
}

std::string trace_html(const replay_report& r) {
  if (r.assumed.format.empty()) return {};
  html_table columns{{"column", "meaning", "unit"}, {}};
  for (const auto& column : r.assumed.columns)
    columns.rows.push_back({column.name, column.meaning, column.unit});
  std::string html =
      fmt::format("<h2>What was assumed</h2>\n<p>The trace was read as {}{}{}.</p>\n",
                  escaped(r.assumed.format), r.assumed.format_words.empty() ? "" : ": ",
                  escaped(r.assumed.format_words));
  if (!columns.rows.empty()) html += table_html(columns);
  for (const std::string& note : r.assumed.notes) html += "<p>" + escaped(note) + "</p>\n";
  return html;
}

}  // namespace

std::string expectations_html(const replay_report& r) {
  if (r.expectations.empty()) return {};
  std::size_t failed = 0;
  html_table outcomes{{"expectation", "#value", "outcome"}, {}};
  for (const expectation_outcome& outcome : r.expectations) {
    failed += !outcome.holds;
    outcomes.rows.push_back(
        {outcome.expression, fmt::format("{}", outcome.value), outcome.holds ? "holds" : "FAILS"});
  }
  const std::string verdict = failed == 0
                                  ? "<p class=\"verdict good\">All hold.</p>\n"
                                  : fmt::format("<p class=\"verdict bad\">{} of {} fail.</p>\n",
                                                failed, r.expectations.size());
  return "<h2>Expectations</h2>\n" + verdict + table_html(outcomes);
}

std::string tables_html(const replay_report& r) {
  std::string html = trace_html(r) + "<h2>Requests</h2>\n" + table_html(requests_table(r.requests));
  if (!r.devices.empty()) html += "<h2>Devices</h2>\n" + table_html(devices_table(r));
  if (!r.events.empty())
    html += fmt::format("<h2>Events ({})</h2>\n", with_separators(r.events.size())) +
            table_html(events_table(r));
  if (r.damaged_records != 0) {
    html +=
        fmt::format("<h2>Damaged trace records ({})</h2>\n", with_separators(r.damaged_records));
    for (const std::string& problem : r.trace_problems) html += "<p>" + escaped(problem) + "</p>\n";
  }
  html_table settings{{"setting", "value"}, {}};
  for (const auto& [name, value] : r.settings) settings.rows.push_back({name, value});
  if (!settings.rows.empty()) html += "<h2>Settings</h2>\n" + table_html(settings);

  html_table values{{"name", "#value", "meaning"}, {}};
  for (const value_row& row : value_rows())
    values.rows.push_back(
        {std::string(row.name), value_text(row.of(r), row.unit), std::string(row.text)});
  return html + "<details><summary>All values</summary>\n" + table_html(values) + "</details>\n";
}

}  // namespace sim::report
