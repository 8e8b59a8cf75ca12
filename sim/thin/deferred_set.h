// Work that waits until the requests in flight have ended: a ring of
// generations, each with a count of requests and the work that waits for it and
// all older ones. Rules: Linux 6.1 dm-bio-prison-v1.c.
#pragma once

#include <array>
#include <cstddef>
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

  // Calls ready(work) for what has nothing left to wait for.
  template <class Ready>
  void end(generation& of, Ready ready) {
    --of.in_flight;
    while (oldest_ != current_ && ring_[oldest_].in_flight == 0) {
      release(ring_[oldest_], ready);
      oldest_ = next(oldest_);
    }
    if (oldest_ == current_ && ring_[oldest_].in_flight == 0) release(ring_[oldest_], ready);
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

  template <class Ready>
  void release(generation& of, Ready ready) {
    std::vector<Work*> work;
    work.swap(of.waiting);
    for (Work* item : work) ready(*item);
  }

  std::array<generation, generations> ring_;
  std::size_t current_ = 0;
  std::size_t oldest_ = 0;
};

}  // namespace sim
