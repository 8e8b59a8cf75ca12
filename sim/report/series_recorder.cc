#include "sim/report/series_recorder.h"

#include "persistent-data/base/require.h"

namespace sim::report {

// Keeps the samples nearest after each multiple of the doubled interval.
void series_recorder::thin_out() {
  interval_ns_ *= 2;
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
  while (points_.size() >= points_max) thin_out();
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
