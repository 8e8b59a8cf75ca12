// Samples over virtual time, evenly spaced and never more than a fixed number:
// when it is reached, samples are dropped and the interval becomes the next longer one
// that people use for time (1, 2, 10, 20 ... ms, s; then minutes, hours, days), a
// multiple of the one before.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/report/replay_report.h"

namespace sim::report {

// The fields of a sample behind its time, with the names that they have in files.
struct series_column {
  std::string_view name;
  std::uint64_t series_point::*field;
};
inline constexpr series_column series_columns[] = {
    {"data_blocks", &series_point::data_blocks},
    {"metadata_blocks", &series_point::metadata_blocks},
    {"requests", &series_point::requests},
    {"written_bytes", &series_point::written_bytes},
    {"data_written_bytes", &series_point::data_written_bytes},
    {"provisions", &series_point::provisions},
    {"broken_shares", &series_point::broken_shares},
    {"commits", &series_point::commits},
    {"metadata_blocks_written", &series_point::metadata_blocks_written},
    {"data_blocks_total", &series_point::data_total},
    {"mapped_blocks", &series_point::mapped_blocks},
    {"zeroed_blocks", &series_point::zeroed_blocks},
    {"copied_blocks", &series_point::copied_blocks},
};

std::string_view name_of(mark_kind kind);  // "snapshot", "delete", "crash", ...

class series_recorder {
 public:
  static constexpr std::size_t points_max = 1024;
  static constexpr std::uint64_t first_interval_ns = 1'000'000;
  // The next longer interval.
  static std::uint64_t longer(std::uint64_t interval_ns);

  // Asked before each request, so cheap: is a sample for this time missing?
  bool due(std::uint64_t time_ns) const { return time_ns >= next_ns_; }
  // Requires due(point.time_ns) and times that do not decrease. If the interval becomes longer by
  // it, the sample itself may be too close to the last one that stays, and is dropped.
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
