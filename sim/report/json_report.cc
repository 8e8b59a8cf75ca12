#include "sim/report/json_report.h"

#include <nlohmann/json.hpp>

#include "persistent-data/base/version.h"
#include "sim/report/report_values.h"
#include "sim/report/series_recorder.h"

namespace sim::report {

namespace {

using json = nlohmann::ordered_json;

json values_json(const replay_report& report) {
  json values = json::object();
  for (const value_row& row : value_rows()) {
    const report_number number = row.of(report);
    if (number.whole)
      values[std::string(row.name)] = number.integer;
    else
      values[std::string(row.name)] = number.real;
  }
  return values;
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

json map_json(const std::vector<map_cell>& cells) {
  json map = json::array();
  for (const map_cell& cell : cells)
    map.push_back(
        {cell.blocks, cell.mapped, cell.shared, cell.owner ? json(*cell.owner) : json(nullptr)});
  return map;
}

json expectations_json(const std::vector<expectation_outcome>& outcomes) {
  json expectations = json::array();
  for (const expectation_outcome& outcome : outcomes)
    expectations.push_back(
        {{"expression", outcome.expression}, {"value", outcome.value}, {"holds", outcome.holds}});
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
      {"settings", report.settings},
      {"values", values_json(report)},
      {"disagreement", report.verified.disagreement},
      {"trace_problems", report.trace_problems},
      {"expectations", expectations_json(report.expectations)},
      {"devices", devices_json(report)},
      {"status", report.status},
      {"events", events},
      {"run_lengths", runs_json(report.layout)},
      {"series", series_json(report.series)},
      {"data_map", map_json(report.data_map)},
  };
  // Names come from traces: bytes that are no UTF-8 are replaced, not fatal.
  return document.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace sim::report
