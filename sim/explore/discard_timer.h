// A data disk that takes a while for discards: until it is done with one, the discard may wipe
// what it covers at any time.
#pragma once

#include "sim/disk/disk.h"
#include "sim/disk/disk_watch.h"
#include "sim/dm/event_loop.h"

namespace sim::explore {

class discard_timer : public disk_watch {
 public:
  static constexpr virtual_time takes = one_second / 1000;

  // Watches the disk, and passes on what it sees.
  discard_timer(event_loop& loop, disk_watch& next, disk& data)
      : loop_(loop), next_(next), data_(data), timer_(loop, [&data] { data.complete_discards(); }) {
    data_.watch(this);
    data_.hold_discards();
  }
  ~discard_timer() { data_.watch(nullptr); }
  discard_timer(const discard_timer&) = delete;
  discard_timer& operator=(const discard_timer&) = delete;

  void write_began(sector first, sector count, const content& what) override {
    next_.write_began(first, count, what);
  }
  void write_is_durable(sector first, sector count, const content& what) override {
    next_.write_is_durable(first, count, what);
  }
  void flushed() override { next_.flushed(); }
  void discard_began(sector first, sector count) override {
    next_.discard_began(first, count);
    timer_.start(takes);
  }
  void discard_ended(sector first, sector count) override { next_.discard_ended(first, count); }

  // The disk is done with all that it was given, now.
  void end_all() {
    while (data_.has_held_discards()) {
      data_.complete_discards();
      loop_.run();
    }
  }

 private:
  event_loop& loop_;
  disk_watch& next_;
  disk& data_;
  timer timer_;
};

}  // namespace sim::explore
