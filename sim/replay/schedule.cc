#include "sim/replay/schedule.h"

#include <algorithm>
#include <tuple>

namespace sim::replay {

schedule::schedule(const schedule_options& wanted) {
  const auto repeat = [&](event_kind what, std::optional<virtual_time> every) {
    if (every) pending_.push_back({what, *every, *every});
  };
  for (const auto time : wanted.crashes) pending_.push_back({event_kind::crash, 0, time});
  for (const auto time : wanted.snapshots) pending_.push_back({event_kind::snapshot, 0, time});
  repeat(event_kind::fstrim, wanted.fstrim_every);
  repeat(event_kind::delete_oldest, wanted.delete_every);
  repeat(event_kind::snapshot, wanted.snapshot_every);
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
