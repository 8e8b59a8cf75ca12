// Samples over virtual time, evenly spaced and never more than a fixed number:
// when it is reached, every second one is dropped and the interval doubles.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/report/replay_report.h"

namespace sim::report {

class series_recorder {
 public:
  static constexpr std::size_t points_max = 1024;
  static constexpr std::uint64_t first_interval_ns = 1'000'000;

  // Asked before each request, so cheap: is a sample for this time missing?
  bool due(std::uint64_t time_ns) const { return time_ns >= next_ns_; }
  // Requires due(point.time_ns) and times that do not decrease.
  void add(const series_point& point);
  // The last sample, whenever it comes.
  void finish(const series_point& point);

  const std::vector<series_point>& points() const { return points_; }
  std::uint64_t interval_ns() const { return interval_ns_; }

 private:
  void thin_out();

  std::vector<series_point> points_;
  std::uint64_t interval_ns_ = first_interval_ns;
  std::uint64_t next_ns_ = 0;
};

}  // namespace sim::report
