// Who sees each change of what a disk holds, or may hold after a loss of power.
#pragma once

#include "sim/disk/content.h"

namespace sim {

class disk_watch {
 public:
  virtual ~disk_watch() = default;

  // A write is on its way: from here on any of its sectors may be on the disk.
  virtual void write_began(sector first, sector count, const content& what) = 0;
  // The write that began last is durable (FUA, or a disk without a cache).
  virtual void write_is_durable(sector first, sector count, const content& what) = 0;
  // Every write that has ended is durable.
  virtual void flushed() = 0;
  // A discard that is held: it wipes its sectors at any time from here on, and
  // with discard_ended they are wiped in the cache.
  virtual void discard_began(sector first, sector count) = 0;
  virtual void discard_ended(sector first, sector count) = 0;
};

}  // namespace sim
