// What the block layer promises to and asks of a device, and how the limits of a device follow from
// those below it. All in sectors. Rules: Linux 6.1 and 6.12 blk-settings.c, blk-merge.c, blk-lib.c.
#pragma once

#include <cstdint>

#include "persistent-data/base/ids.h"
#include "sim/kernel/kernel_rules.h"

namespace sim {

using pdata::sector;

struct queue_limits {
  static constexpr sector no_limit = UINT32_MAX;

  sector logical_block = 1;   // requests are multiples of it
  sector physical_block = 1;  // what the device writes at once
  sector io_min = 1;          // smallest request that does not cost more than it must
  sector io_opt = 0;          // best length of a request; 0: it does not say
  sector max_hw_sectors = no_limit;
  sector max_sectors = no_limit;      // longest read or write
  sector max_hw_discard_sectors = 0;  // that the device takes
  sector max_user_discard_sectors = no_limit;
  sector max_discard_sectors = 0;  // of both; 0: no discards
  sector discard_granularity = 1;  // 0: it does not say
  sector discard_alignment = 0;
  sector max_write_zeroes_sectors = 0;
  bool write_cache = false;  // flushes mean something
  bool rotational = false;

  // Of a device about which nothing is known yet: stack() adds those below.
  static queue_limits stacking(const kernel_rules& rules);
  // `first`: where the part of `below` that is used begins.
  void stack(const queue_limits& below, sector first);
  // What a disk's driver brings about: its longest request follows from what the disk takes.
  void cap_requests(const kernel_rules& rules);
  // As newer kernels do whenever limits are set for a device: the others follow from `max_hw_...`.
  void settle(const kernel_rules& rules);

  // As an administrator asks for in sysfs: not more than the device takes.
  void limit_discards(sector longest, const kernel_rules& rules);

  // How much of a discard is one request of the device; the rest is another one.
  sector first_part_of_discard(sector first, sector count) const;
  // The same for a program's discard, which the block layer cuts before the device sees it.
  sector first_bio_of_discard(sector first) const;
};

// Sectors for reading ahead: `before` is what the device had.
sector read_ahead_of(const queue_limits& limits, sector before, const kernel_rules& rules);

inline constexpr sector least_read_ahead = 256;  // 128 KiB

}  // namespace sim
