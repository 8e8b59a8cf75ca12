// What a simulated disk is like, as its specification says: by default a virtio disk of QEMU
// over a raw file.
#pragma once

#include "sim/disk/queue_limits.h"

namespace sim {

enum class after_discard : std::uint8_t { kept, zeroed };

struct disk_options {
  static constexpr sector longest_of_qemu = 4194303;

  sector logical_block = 1;
  sector physical_block = 0;  // 0: the logical one
  sector io_min = 0;          // 0: the physical block
  sector io_opt = 0;          // 0: it does not say
  sector max_request = queue_limits::no_limit;
  sector discard_granularity = 0;                // 0: the logical block
  sector max_discard = longest_of_qemu;          // 0: it takes no discards
  sector max_write_zeroes = longest_of_qemu;     // 0: it takes none
  after_discard contents = after_discard::kept;  // of whole granules that were discarded
  bool write_cache = true;
  bool rotational = true;  // as every virtio disk says
};

queue_limits limits_of(const disk_options& options, const kernel_rules& rules);

}  // namespace sim
