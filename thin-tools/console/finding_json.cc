#include "thin-tools/console/finding_json.h"

#include "persistent-data/format/damage_catalogue.h"
#include "thin-tools/console/number_json.h"

namespace thin_tools {

using namespace pdata;
using json = nlohmann::ordered_json;

json range_json(const key_range& range) {
  return {{"begin", range.begin}, {"end", range.end ? json(*range.end) : json(nullptr)}};
}

json finding_json(const damage& finding) {
  const auto& row = catalogue_row(finding.id);
  json entry{{"id", std::string(row.name)},
             {"severity", std::string(severity_id(row.severity))},
             {"structure", std::string(structure_id(finding.where))},
             {"metadata_snapshot", finding.in_snapshot}};
  if (finding.device) entry["device"] = *finding.device;
  if (finding.location) entry["block"] = *finding.location;
  if (finding.lost && !finding.lost->empty()) entry["lost"] = range_json(*finding.lost);
  if (finding.blocks) entry["counted_blocks"] = range_json(*finding.blocks);
  entry["expected"] = finding.expected;
  entry["actual"] = finding.actual;
  entry["text"] = describe(finding);
  return entry;
}

}  // namespace thin_tools
