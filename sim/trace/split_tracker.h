// Knows which queue events repeat part of a request that was counted already.
//
// Where a request crosses a boundary the kernel splits it and submits the rest
// again. Since Linux 4.12 that traces X alone; before, the rest was traced as a
// queue event of its own. It is the next one of that process on that device
// after the X, begins where X says and ends where the whole request ended.
//
// A fixed table: processes that share a slot may lose a split, never a request.
#pragma once

#include <array>
#include <cstdint>

#include "sim/trace/io_request.h"

namespace sim::trace {

class split_tracker {
 public:
  // Notes a queue event; true if it is the rest of a split request.
  bool is_rest(std::uint64_t device, std::uint64_t process, const io_request& queued);
  // Notes a split: the rest begins at `rest_sector`.
  void split(std::uint64_t device, std::uint64_t process, pdata::sector rest_sector);

 private:
  struct slot {
    std::uint64_t device = 0;
    std::uint64_t process = 0;
    pdata::sector begin = 0;  // the last request
    pdata::sector end = 0;
    io_op op = io_op::read;
    bool rest_due = false;
    pdata::sector rest_begin = 0;
  };

  slot& slot_of(std::uint64_t device, std::uint64_t process);

  static constexpr std::size_t nr_slots = 256;
  std::array<slot, nr_slots> slots_ = {};
};

}  // namespace sim::trace
