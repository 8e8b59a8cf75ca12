#include "sim/replay/smallest_pool.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/error.h"
#include "persistent-data/engine/pool.h"
#include "persistent-data/format/block.h"
#include "sim/replay/device_filter.h"
#include "sim/replay/pool_plan.h"
#include "sim/replay/replay_run.h"
#include "sim/replay/trace_survey.h"

namespace sim::replay {

namespace {

void refuse_sizes(const replay_settings& settings) {
  const auto& pool = settings.pool;
  if (pool.table || pool.size || pool.metadata_size || pool.metadata_file || pool.scenario_file ||
      settings.grow)
    throw thin_tools::usage_error(
        "the sizes are what is looked for: --pool, --pool-size, --metadata-size, --metadata, "
        "--scenario and --grow do not go with it");
  if (const auto once = first_read_once(settings.traces); !once.empty())
    throw thin_tools::usage_error(
        fmt::format("{} can be read only once, a search reads the trace for each size", once));
}

bool has_space(const report::replay_report& r) {
  return r.error.empty() && r.verified.disagreement.empty() && r.requests.failed == 0 &&
         r.out_of_space_ns == 0 && r.pool_trouble.empty();
}

class search {
 public:
  explicit search(replay_settings settings) : settings_(std::move(settings)) {
    settings_.verify = false;
    settings_.expectations.clear();
    settings_.output = {};
    settings_.check_every.reset();
  }

  smallest_pool run() {
    const auto survey = survey_trace(*open_replayed(settings_));
    const auto ample_plan = plan_pool(settings_, &survey);
    settings_.pool.thins = ample_plan.thins;
    settings_.pool.size = ample_plan.pool->length;
    const auto ample = replay();
    if (!ample.error.empty()) throw pdata::error(ample.error);
    if (!has_space(ample)) throw pdata::error("the trace cannot be replayed even with ample space");
    found_.block_sectors = ample.block_sectors;
    found_.data_blocks_max = ample.data.highest;
    find_data(ample);
    find_metadata(ample);
    return found_;
  }

 private:
  report::replay_report replay() {
    ++found_.replays;
    return run_replay(settings_, {.shows_progress = false});
  }

  void find_data(const report::replay_report& ample) {
    settings_.pool.metadata_size = ample.metadata.total * pdata::block_sectors;
    found_.data = find_smallest(1, ample.data.total, std::max<std::uint64_t>(1, ample.data.highest),
                                [&](std::uint64_t blocks) {
                                  settings_.pool.size = blocks * found_.block_sectors;
                                  return has_space(replay());
                                });
    settings_.pool.size = found_.data.blocks * found_.block_sectors;
  }

  // The kernel keeps a part of the device back, so that is needed on top.
  void find_metadata(const report::replay_report& ample) {
    std::uint64_t guess = ample.metadata.highest + 1;
    while (guess - std::min(guess, pdata::metadata_reserve(guess)) <= ample.metadata.highest)
      ++guess;
    found_.metadata = find_smallest(1, ample.metadata.total, guess, [&](std::uint64_t blocks) {
      settings_.pool.metadata_size = blocks * pdata::block_sectors;
      const auto r = replay();
      if (!has_space(r)) return false;
      found_.metadata_blocks_max = r.metadata.highest;
      found_.metadata_reserve = r.metadata_reserve;
      return true;
    });
  }

  replay_settings settings_;
  smallest_pool found_;
};

}  // namespace

smallest_size find_smallest(std::uint64_t low, std::uint64_t high, std::uint64_t guess,
                            const std::function<bool(std::uint64_t)>& suffices) {
  // Below `low` is either what was tried and fell short, or nothing.
  const std::uint64_t first = low;
  guess = std::clamp(guess, low, high);
  // In strides that double, away from the guess to where the answer changes.
  std::uint64_t stride = 1;
  if (guess == high || suffices(guess)) {
    high = guess;
    while (high > low) {
      const auto probe = high - std::min(stride, high - low);
      if (!suffices(probe)) {
        low = probe + 1;
        break;
      }
      high = probe;
      stride *= 2;
    }
  } else {
    low = guess + 1;
    while (low < high) {
      const auto probe = std::min(low + stride - 1, high);
      if (probe == high || suffices(probe)) {
        high = probe;
        break;
      }
      low = probe + 1;
      stride *= 2;
    }
  }
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    if (suffices(middle))
      high = middle;
    else
      low = middle + 1;
  }
  return {high, high != first};
}

smallest_pool find_smallest_pool(replay_settings settings) {
  refuse_sizes(settings);
  return search(std::move(settings)).run();
}

}  // namespace sim::replay
