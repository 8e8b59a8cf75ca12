#include "sim/report/run_clock.h"

namespace sim::report {

run_clock::run_clock()
    : started_(std::chrono::duration_cast<std::chrono::seconds>(
                   std::chrono::system_clock::now().time_since_epoch())
                   .count()),
      since_(std::chrono::steady_clock::now()) {}

run_time run_clock::read() const {
  const std::chrono::duration<double> past = std::chrono::steady_clock::now() - since_;
  return {started_, past.count()};
}

}  // namespace sim::report
