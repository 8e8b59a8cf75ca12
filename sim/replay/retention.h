// Which snapshots are kept: the last ones, and the last one of each hour, day, week
// or month for some of them. Periods count from the beginning of the trace.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sim/dm/event_loop.h"

namespace sim::replay {

struct retention {
  struct period {
    virtual_time length;
    std::uint64_t count;
  };
  std::uint64_t last = 0;
  std::vector<period> periods;

  // Snapshots that are kept at most.
  std::uint64_t most() const;
};

// "3", or "hourly=24,daily=7": last, hourly, daily, weekly, monthly (30 days). None:
// no such rule.
std::optional<retention> parse_retention(std::string_view text);

// For snapshots by the time at which they were taken, ascending.
std::vector<bool> kept_by(const retention& rule, std::span<const virtual_time> taken);

}  // namespace sim::replay
