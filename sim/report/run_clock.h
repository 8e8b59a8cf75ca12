// When a run happened by the real clock, which CI wants to know. Nothing that is
// simulated depends on it.
#pragma once

#include <chrono>
#include <cstdint>

namespace sim::report {

struct run_time {
  std::int64_t started = 0;  // seconds since 1970, UTC
  double seconds = 0;        // that it took
};

class run_clock {
 public:
  run_clock();  // starts
  run_time read() const;

 private:
  std::int64_t started_;
  std::chrono::steady_clock::time_point since_;
};

}  // namespace sim::report
