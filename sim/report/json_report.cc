#include "sim/report/json_report.h"

#include <nlohmann/json.hpp>

#include "persistent-data/base/version.h"
#include "sim/report/report_values.h"
#include "sim/report/series_recorder.h"
#include "sim/report/verdict.h"
#include "thin-tools/console/number_json.h"
#include "thin-tools/page/data_map.h"

namespace sim::report {

using namespace thin_tools::page;

namespace {

using json = nlohmann::ordered_json;

// A run that did not come to its end has no values.
json values_json(const replay_report& report) {
  json values = json::object();
  if (!report.error.empty()) return values;
  for (const value_row& row : value_rows()) {
    const report_number number = row.of(report);
    if (number.whole)
      values[std::string(row.name)] = number.integer;
    else
      values[std::string(row.name)] = number.real;
  }
  return values;
}

json verdict_json(const verdict& found) {
  json checks = json::array();
  for (const checked& check : found.checks)
    checks.push_back({{"name", check.name},
                      {"title", check.title},
                      {"outcome", name_of(check.result)},
                      {"text", check.text}});
  return {{"good", found.good()}, {"checks", checks}};
}

json assumed_json(const trace::trace_description& assumed) {
  json columns = json::array();
  for (const auto& column : assumed.columns)
    columns.push_back({{"name", column.name}, {"meaning", column.meaning}, {"unit", column.unit}});
  json lost = json::array();
  for (const auto& l : assumed.lost_by_processor)
    lost.push_back({{"device", l.device}, {"processor", l.processor}, {"records", l.records}});
  return {{"format", assumed.format},
          {"format_words", assumed.format_words},
          {"columns", columns},
          {"lost", lost},
          {"notes", assumed.notes}};
}

json devices_json(const replay_report& report) {
  json devices = json::array();
  for (const device_space& device : report.devices)
    devices.push_back({{"id", device.id},
                       {"name", device.name},
                       {"virtual_sectors", device.virtual_sectors},
                       {"mapped_blocks", device.mapped_blocks},
                       {"exclusive_blocks", device.exclusive_blocks},
                       {"shared_blocks", device.shared_blocks}});
  return devices;
}

json runs_json(const fragmentation& layout) {
  json runs = json::array();
  for (std::size_t i = 0; i < layout.by_length.size(); ++i)
    runs.push_back({{"from_blocks", std::uint64_t{1} << i},
                    {"runs", layout.by_length[i].runs},
                    {"blocks", layout.by_length[i].blocks}});
  return runs;
}

json series_json(const std::vector<series_point>& series) {
  const auto column = [&](std::uint64_t series_point::*field) {
    json values = json::array();
    for (const series_point& point : series) values.push_back(point.*field);
    return values;
  };
  json columns = {{"time_ns", column(&series_point::time_ns)}};
  for (const series_column& c : series_columns) columns[std::string(c.name)] = column(c.field);
  return columns;
}

// Mapped blocks of each volume, one for each time of the series.
json volumes_json(const replay_report& report) {
  json volumes = json::array();
  for (std::size_t i = 0; i < report.volumes.size(); ++i) {
    json blocks = json::array();
    for (const series_point& point : report.series)
      blocks.push_back(i < point.volume_blocks.size() ? point.volume_blocks[i] : 0);
    volumes.push_back({{"name", report.volumes[i]}, {"mapped_blocks", blocks}});
  }
  return volumes;
}

json layout_json(const std::vector<layout_point>& points) {
  json layout = json::array();
  for (const layout_point& p : points)
    layout.push_back({{"time_ns", p.time_ns},
                      {"adjacent_pairs", p.adjacent_pairs},
                      {"sequential_pairs", p.sequential_pairs}});
  return layout;
}

json marks_json(const std::vector<timed_mark>& marks) {
  json list = json::array();
  for (const timed_mark& mark : marks)
    list.push_back({{"time_ns", mark.time_ns}, {"kind", name_of(mark.kind)}});
  return list;
}

json map_json(const std::vector<map_cell>& cells) {
  json map = json::array();
  for (const map_cell& cell : cells)
    map.push_back(
        {cell.blocks, cell.mapped, cell.shared, cell.owner ? json(*cell.owner) : json(nullptr)});
  return map;
}

json expectations_json(const std::vector<expectation_outcome>& outcomes) {
  json expectations = json::array();
  for (const expectation_outcome& expected : outcomes) {
    expectations.push_back({{"expression", expected.expression},
                            {"value", expected.value},
                            {"holds", expected.holds}});
    if (expected.limit) expectations.back()["limit"] = *expected.limit;
  }
  return expectations;
}

}  // namespace

std::string to_json(const replay_report& report) {
  json events = json::array();
  for (const pool_event& event : report.events)
    events.push_back({{"time_ns", event.time_ns}, {"text", event.text}});
  const json document = {
      {"format", report_format},
      {"version", report_version},
      {"tool_version", pdata::version()},
      {"name", report.name},
      {"traces", report.traces},
      {"trace_format", report.trace_format},
      {"assumed", assumed_json(report.assumed)},
      {"settings", report.settings},
      {"verdict", verdict_json(judge(report))},
      {"values", values_json(report)},
      {"disagreement", report.verified.disagreement},
      {"trace_problems", report.trace_problems},
      {"expectations", expectations_json(report.expectations)},
      {"devices", devices_json(report)},
      {"status", report.status},
      {"events", events},
      {"run_lengths", runs_json(report.layout)},
      {"series", series_json(report.series)},
      {"volumes", volumes_json(report)},
      {"marks", marks_json(report.marks)},
      {"layout_over_time", layout_json(report.layout_over_time)},
      {"data_map", map_json(report.data_map)},
  };
  // Names come from traces: bytes that are no UTF-8 are replaced, not fatal.
  return document.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace sim::report
