#include "sim/run/commit_checker.h"

#include <fmt/format.h>

#include <mutex>

#include "persistent-data/base/error.h"
#include "persistent-data/damage/damage_catalogue.h"
#include "sim/target/metadata_view.h"
#include "thin-tools/check/check.h"

namespace sim {

namespace {

// The checker reads from several threads; the machine has one.
class locked_view : public pdata::block_device {
 public:
  locked_view(device_mapper& machine, device& below) : view_(machine, below) {}

  pdata::metadata_block nr_blocks() const override { return view_.nr_blocks(); }
  pdata::status read(pdata::metadata_block first, std::span<std::byte> to) override {
    const std::lock_guard lock(mutex_);
    return view_.read(first, to);
  }
  pdata::status write(pdata::metadata_block, std::span<const std::byte>) override {
    return pdata::status(EPERM);
  }
  pdata::status flush() override { return pdata::status(EPERM); }

 private:
  metadata_view view_;
  std::mutex mutex_;
};

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

std::string first_of(const thin_tools::check_report& report) {
  for (const auto& finding : report.findings)
    if (pdata::catalogue_row(finding.id).severity != pdata::severity::tolerable)
      return pdata::describe(finding);
  return "damage";
}

}  // namespace

std::optional<std::string> find_problem(device_mapper& on, const commit_notice& commit) {
  locked_view view(on, commit.metadata);
  const auto report = thin_tools::check(view, commit.metadata.path(), {});
  if (is_clean(report, commit.unmapped_blocks)) return std::nullopt;
  return first_of(report);
}

void check_commits(machine& on) {
  on.on_commit([&on](const commit_notice& commit) {
    if (const auto problem = find_problem(on, commit))
      throw pdata::error(fmt::format("the metadata on '{}' is not clean after a commit: {}",
                                     commit.metadata.path(), *problem));
  });
}

}  // namespace sim
