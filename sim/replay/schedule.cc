#include "sim/replay/schedule.h"

#include <algorithm>
#include <tuple>

namespace sim::replay {

schedule::schedule(const schedule_wish& wish) {
  const auto repeat = [&](occasion what, std::optional<virtual_time> every) {
    if (every) pending_.push_back({what, *every, *every});
  };
  for (const auto time : wish.crashes) pending_.push_back({occasion::crash, 0, time});
  for (const auto time : wish.snapshots) pending_.push_back({occasion::snapshot, 0, time});
  repeat(occasion::fstrim, wish.fstrim_every);
  repeat(occasion::delete_oldest, wish.delete_every);
  repeat(occasion::snapshot, wish.snapshot_every);
}

std::optional<appointment> schedule::take(virtual_time by) {
  const auto first = std::ranges::min_element(
      pending_, {}, [](const series& s) { return std::tuple(s.next, s.what); });
  if (first == pending_.end() || first->next > by) return std::nullopt;
  const appointment due{first->next, first->what};
  if (first->every == 0 || first->next > UINT64_MAX - first->every)
    pending_.erase(first);
  else
    first->next += first->every;
  return due;
}

}  // namespace sim::replay
