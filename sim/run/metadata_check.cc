#include "sim/run/metadata_check.h"

#include <fmt/format.h>

#include "persistent-data/base/error.h"
#include "persistent-data/format/damage_catalogue.h"
#include "sim/thin/metadata_view.h"

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

std::optional<std::string> find_problem(device_mapper& on, const commit_notice& commit) {
  metadata_view view(on, commit.metadata);
  locked_reader reader(view);
  return find_problem(thin_tools::check(reader, commit.metadata.path(), {}),
                      commit.unmapped_blocks);
}

void check_commits(machine& on) {
  on.on_commit([&on](const commit_notice& commit) {
    if (const auto problem = find_problem(on, commit))
      throw pdata::error(fmt::format("the metadata on '{}' is not clean after a commit: {}",
                                     commit.metadata.path(), *problem));
  });
}

}  // namespace sim
