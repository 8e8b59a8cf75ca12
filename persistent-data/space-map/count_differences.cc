#include "persistent-data/space-map/count_differences.h"

#include <algorithm>

#include "persistent-data/base/run_joiner.h"

namespace pdata {

void count_differences::add(const count_difference& run) {
  const std::lock_guard lock(mutex_);
  (run.too_high() ? blocks_too_high_ : blocks_too_low_) += run.end - run.begin;
  auto& runs = run.too_high() ? too_high_ : too_low_;
  runs.push_back(run);
  if (runs.size() >= 2 * runs_max) keep_lowest(runs);
}

void count_differences::keep_lowest(run_list& runs) {
  if (runs.size() <= runs_max) return;
  const auto middle = runs.begin() + runs_max;
  std::ranges::nth_element(runs, middle, {}, &count_difference::begin);
  runs.erase(middle, runs.end());
}

std::vector<count_difference> count_differences::runs() const {
  run_list sorted;
  for (auto side : {too_high_, too_low_}) {
    keep_lowest(side);
    sorted.insert(sorted.end(), side.begin(), side.end());
  }
  std::ranges::sort(sorted, {}, &count_difference::begin);
  std::vector<count_difference> joined;
  auto joiner = join_runs<count_difference>(
      [&joined](const count_difference& run) { joined.push_back(run); });
  for (const auto& run : sorted) joiner.add(run);
  joiner.finish();
  return joined;
}

}  // namespace pdata
