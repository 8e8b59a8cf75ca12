#include "sim/run/commit_checker.h"

#include <fmt/format.h>

#include "persistent-data/base/error.h"
#include "sim/run/metadata_check.h"
#include "sim/thin/metadata_view.h"

namespace sim {

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
