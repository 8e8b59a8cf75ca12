#include "sim/report/series_recorder.h"

#include <algorithm>
#include <array>

#include "persistent-data/base/require.h"

namespace sim::report {

std::string_view name_of(mark_kind kind) {
  constexpr std::array<std::string_view, 5> names{"snapshot", "delete", "crash", "out of space",
                                                  "growth"};
  return names[static_cast<std::size_t>(kind)];
}

std::uint64_t series_recorder::longer(std::uint64_t interval_ns) {
  constexpr std::uint64_t ms = 1'000'000;
  constexpr std::uint64_t s = 1000 * ms;
  constexpr std::array steps{ms,      2 * ms,   10 * ms,  20 * ms,  100 * ms,  200 * ms,
                             s,       2 * s,    10 * s,   20 * s,   60 * s,    120 * s,
                             600 * s, 1200 * s, 3600 * s, 7200 * s, 21600 * s, 43200 * s};
  const auto next = std::ranges::upper_bound(steps, interval_ns);
  return next == steps.end() ? 2 * interval_ns : *next;
}

// Keeps the samples nearest after each multiple of the longer interval.
void series_recorder::thin_out() {
  interval_ns_ = longer(interval_ns_);
  std::size_t kept = 0;
  std::uint64_t next_ns = 0;
  for (const series_point& point : points_) {
    if (point.time_ns < next_ns) continue;
    points_[kept++] = point;
    next_ns = (point.time_ns / interval_ns_ + 1) * interval_ns_;
  }
  points_.resize(kept);
}

void series_recorder::add(const series_point& point) {
  REQUIRE(due(point.time_ns));
  if (points_.size() >= points_max) {
    while (points_.size() >= points_max) thin_out();
    next_ns_ = (points_.back().time_ns / interval_ns_ + 1) * interval_ns_;
    if (!due(point.time_ns)) return;
  }
  points_.push_back(point);
  next_ns_ = (point.time_ns / interval_ns_ + 1) * interval_ns_;
}

void series_recorder::finish(const series_point& point) {
  if (!points_.empty() && points_.back().time_ns >= point.time_ns)
    points_.back() = point;
  else
    points_.push_back(point);
}

}  // namespace sim::report
