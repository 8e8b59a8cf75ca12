// Changes of metadata reference counts that wait because they came up while
// another change was being applied: Linux 6.1 dm-space-map-metadata.c, struct
// bop_ring_buffer.
#pragma once

#include <cstdint>
#include <deque>

#include "persistent-data/base/ids.h"
#include "persistent-data/base/status.h"

namespace pdata {

struct pending_count {
  bool increment = true;
  metadata_block begin = 0;
  metadata_block end = 0;  // exclusive; an empty range is allowed
};

class pending_counts {
 public:
  static constexpr std::size_t max_pending = 1024;

  // ENOMEM if there are too many.
  status push(const pending_count& change) {
    if (changes_.size() == max_pending) return status(ENOMEM);
    changes_.push_back(change);
    return success;
  }
  bool empty() const { return changes_.empty(); }
  // The oldest stays, and counts, until it is popped.
  const pending_count& front() const { return changes_.front(); }
  void pop() { changes_.pop_front(); }

  // By how much the count of a block will change.
  int net(metadata_block block) const {
    int net = 0;
    for (const pending_count& change : changes_)
      if (block >= change.begin && block < change.end) net += change.increment ? 1 : -1;
    return net;
  }

 private:
  std::deque<pending_count> changes_;
};

}  // namespace pdata
