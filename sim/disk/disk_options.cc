#include "sim/disk/disk_options.h"

#include <algorithm>

namespace sim {

queue_limits limits_of(const disk_options& options, const kernel_rules& rules) {
  queue_limits limits;
  limits.logical_block = options.logical_block;
  limits.physical_block = std::max(options.physical_block, options.logical_block);
  limits.io_min = std::max(options.io_min, limits.physical_block);
  limits.io_opt = options.io_opt;
  limits.max_hw_sectors = options.max_request;
  limits.max_hw_discard_sectors = limits.max_discard_sectors = options.max_discard;
  if (options.max_discard == 0)
    limits.discard_granularity = 0;
  else
    limits.discard_granularity =
        options.discard_granularity == 0 ? options.logical_block : options.discard_granularity;
  limits.max_write_zeroes_sectors = options.max_write_zeroes;
  limits.write_cache = options.write_cache;
  limits.rotational = options.rotational;
  limits.cap_requests(rules);
  limits.settle(rules);
  return limits;
}

}  // namespace sim
