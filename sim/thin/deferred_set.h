// Work that waits until the requests in flight have ended: a ring of
// generations, each with a count of requests and the work that waits for it and
// all older ones. Rules: Linux 6.1 dm-bio-prison-v1.c.
#pragma once

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

namespace sim {

template <class Work>
class deferred_set {
 public:
  struct generation {
    unsigned in_flight = 0;
    std::vector<Work*> waiting;
  };

  // A request begins. Give the generation back to end().
  generation* begin() {
    ++ring_[current_].in_flight;
    return &ring_[current_];
  }

  // Calls ready(work) for what has nothing left to wait for: the newest first.
  template <class Ready>
  void end(generation& of, Ready ready) {
    if (holding_) return held_.push_back(&of);
    std::vector<Work*> free;
    --of.in_flight;
    while (oldest_ != current_ && ring_[oldest_].in_flight == 0) {
      release(ring_[oldest_], free);
      oldest_ = next(oldest_);
    }
    if (oldest_ == current_ && ring_[oldest_].in_flight == 0) release(ring_[oldest_], free);
    for (Work* item : free) ready(*item);
  }

  // Requests that end before go_on() count as in flight until then.
  void hold() { holding_ = true; }
  template <class Ready>
  void go_on(Ready ready) {
    holding_ = false;
    for (generation* ended : std::exchange(held_, {})) end(*ended, ready);
  }

  // False: nothing is in flight, the work need not wait.
  bool defer(Work& work) {
    if (oldest_ == current_ && ring_[current_].in_flight == 0) return false;
    auto& waiting = ring_[current_].waiting;
    waiting.insert(waiting.begin(), &work);
    if (ring_[next(current_)].in_flight == 0) current_ = next(current_);
    return true;
  }

 private:
  static constexpr std::size_t generations = 64;
  static std::size_t next(std::size_t i) { return (i + 1) % generations; }

  static void release(generation& of, std::vector<Work*>& to) {
    if (of.waiting.empty()) return;
    to.insert(to.begin(), of.waiting.begin(), of.waiting.end());
    of.waiting.clear();
  }

  std::array<generation, generations> ring_;
  std::size_t current_ = 0;
  std::size_t oldest_ = 0;
  bool holding_ = false;
  std::vector<generation*> held_;
};

}  // namespace sim
