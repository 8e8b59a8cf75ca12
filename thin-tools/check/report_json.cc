#include "thin-tools/check/report_json.h"

#include <nlohmann/json.hpp>

#include "persistent-data/format/damage_catalogue.h"
#include "thin-tools/check/report_text.h"
#include "thin-tools/console/finding_json.h"
#include "thin-tools/console/json_report.h"
#include "thin-tools/console/number_json.h"

namespace thin_tools {

using namespace pdata;
using json = nlohmann::ordered_json;

const char* verdict_name(const check_report& report) {
  switch (report.outcome()) {
    case verdict::healthy:
      return report.not_checked.empty() ? "healthy" : "nothing_found";
    case verdict::tolerable:
      return "tolerable";
    case verdict::leaks:
      return "leaks";
    case verdict::damaged:
      break;
  }
  return "damaged";
}

std::string report_json(const check_report& report, const std::string& name) {
  json document{{"format", "thin_check report"},
                {"version", json_report_version},
                {"device", name},
                {"verdict", verdict_name(report)},
                {"advice", advice(report, name)}};
  if (report.superblock) {
    document["transaction_id"] = report.transaction_id;
    document["metadata_free_blocks"] = report.metadata_free_blocks;
    document["needs_check"] = report.needs_check();
    document["metadata_blocks"] = {
        {"total", report.metadata_blocks},
        {"used",
         report.metadata_blocks - std::min(report.metadata_free_blocks, report.metadata_blocks)},
        {"reserve", report.metadata_reserve},
        {"full", report.metadata_full()}};
  }
  document["checked"] = {{"mappings", report.mappings_checked},
                         {"space_maps", report.counts_checked}};
  document["not_checked"] = report.not_checked;
  document["repaired"] = {{"space_maps", report.counts_repaired},
                          {"needs_check_cleared", report.flag_cleared}};
  document["findings_by_severity"] = {
      {"fatal", report.nr_fatal}, {"leak", report.nr_leaks}, {"tolerable", report.nr_tolerable}};
  document["findings_not_listed"] = report.nr_unlisted;
  document["leaked_blocks"] = {{"metadata", report.leaked_metadata_blocks},
                               {"data", report.leaked_data_blocks}};
  document["undercounted_blocks"] = {{"metadata", report.undercounted_metadata_blocks},
                                     {"data", report.undercounted_data_blocks}};
  document["correctable_blocks"] = report.correctable_blocks;
  document["damaged_devices"] = json::array();
  for (const auto& device : report.devices)
    document["damaged_devices"].push_back({{"device", device.id},
                                           {"metadata_snapshot", device.in_snapshot},
                                           {"expected_mappings", device.expected_mappings},
                                           {"readable_mappings", device.readable_mappings}});
  document["notes"] = report.notes;
  document["findings"] = json::array();
  for (const auto& finding : report.findings) document["findings"].push_back(finding_json(finding));
  return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace thin_tools
