// Every crash of a replayed trace: at each moment of it what a loss of power may leave is
// examined, as explore does for histories. Of a long trace some moments are chosen, which the
// report counts: it is replayed once to see how many there are of each kind.
#pragma once

#include <functional>
#include <string>

#include "sim/explore/explore_report.h"
#include "sim/replay/replay_settings.h"

namespace sim::replay {

struct trace_exploration {
  replay_settings replay;  // the trace, and the pool that it is replayed on
  sector torn_sectors = 1;
  explore::crash_options crashes;
  std::set<explore::invariant> expected;
  bool keeps_going = false;
  std::uint64_t max_moments = 2000;  // that are examined
};

// Which of `seen` moments of each kind are examined, `most` in all: every kind has as many as
// any other, or all its own; those chosen are spread evenly, one at random of each part.
// By kind, ascending numbers from 0.
std::vector<std::vector<std::uint64_t>> choose_moments(const std::vector<std::uint64_t>& seen,
                                                       std::uint64_t most, std::uint64_t seed);

// `progress` is told now and then how far it is. Throws pdata::error as a replay does, and
// usage_error for a trace that can be read only once.
explore::explored explore_trace(const trace_exploration& asked,
                                const std::function<void(std::string)>& progress);

}  // namespace sim::replay
