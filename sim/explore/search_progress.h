// How far a search is and how long it may take still, from what was measured so far: the time
// for each beginning (a history that all operations are appended to), how many of these there
// are at the next length for each of this one, and how much dearer they became.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "sim/explore/search.h"

namespace sim::explore {

class search_estimate {
 public:
  // Of the histories of a pool up to `depth` operations.
  search_estimate(std::string pool, unsigned depth) : pool_(std::move(pool)), depth_(depth) {}

  // The search goes on now, and has come to this state. Times are seconds of any clock.
  void begin(const search_state& state, double now);
  void update(const search_state& state, double now);

  struct forecast {
    bool is_over = false;
    // Seconds; none: nothing was measured that they could be told from.
    std::optional<double> this_length;
    std::optional<double> longer;  // all the lengths that follow, together
    double growth = 0;             // of the number of beginnings, from this length to the next
  };
  forecast ahead() const;

  const std::string& pool() const { return pool_; }
  // Of the search that was updated last, for people.
  std::string where() const;
  double last_update() const { return last_; }

 private:
  std::optional<double> seconds_for_each() const;

  std::string pool_;
  unsigned depth_;
  unsigned length_ = 0;  // of the histories being tried
  std::size_t beginnings_ = 0;
  std::size_t done_ = 0;
  std::size_t found_ = 0;  // beginnings of the next length
  bool is_over_ = false;
  double last_ = 0;
  // Measured at this length, since somebody looks.
  double seconds_ = 0;
  std::size_t measured_ = 0;
  // At the lengths before.
  std::optional<double> seconds_before_;  // for each beginning
  double dearer_ = 1;
  bool knows_dearer_ = false;
};

// A line of all searches, the last updated of them first.
std::string progress_of(std::span<const search_estimate> all, std::uint64_t crash_states);

}  // namespace sim::explore
