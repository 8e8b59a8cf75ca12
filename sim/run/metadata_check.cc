#include "sim/run/metadata_check.h"

#include "persistent-data/format/damage_catalogue.h"

namespace sim {

namespace {

bool is_clean(const thin_tools::check_report& report, std::uint64_t unmapped_blocks) {
  switch (report.outcome()) {
    case thin_tools::verdict::healthy:
    case thin_tools::verdict::tolerable:
      return true;
    case thin_tools::verdict::leaks:
      return report.leaked_metadata_blocks == 0 && report.leaked_data_blocks <= unmapped_blocks;
    case thin_tools::verdict::damaged:
      break;
  }
  return false;
}

}  // namespace

std::optional<std::string> find_problem(const thin_tools::check_report& report,
                                        std::uint64_t unmapped_blocks) {
  if (is_clean(report, unmapped_blocks)) return std::nullopt;
  for (const auto& finding : report.findings)
    if (pdata::catalogue_row(finding.id).severity != pdata::severity::tolerable)
      return pdata::describe(finding);
  return "damage";
}

}  // namespace sim
