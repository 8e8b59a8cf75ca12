#include "sim/disk/queue_limits.h"

#include <algorithm>
#include <numeric>

namespace sim {

namespace {

constexpr sector page_sectors = 8;
constexpr sector longest_request_of_6_1 = 2560;  // BLK_DEF_MAX_SECTORS
constexpr sector longest_request_of_7_2 = 8192;

sector at_most_unless_zero(sector a, sector b) {
  if (a == 0 || b == 0) return std::max(a, b);
  return std::min(a, b);
}

sector common_multiple(sector a, sector b) {
  return a == 0 || b == 0 ? std::max(a, b) : sector(std::lcm(a.value(), b.value()));
}

sector round_down(sector value, sector to) { return value - value % to; }

sector whole_blocks(sector value, sector block) {
  return std::max(round_down(value, block), page_sectors);
}

// Where the first granule begins that lies wholly behind `first`, counted from there.
sector alignment_behind(const queue_limits& below, sector first) {
  const sector granularity = below.discard_granularity;
  if (below.max_discard_sectors == 0 || granularity == 0) return 0;
  return (granularity + below.discard_alignment - first % granularity) % granularity;
}

// A bio counts bytes in 32 bits.
sector longest_bio(sector logical_block) {
  return round_down(UINT32_MAX / pdata::sector_bytes, logical_block);
}

sector longest_request(const kernel_rules& rules) {
  return rules.has(kernel_rule::largest_request_4_mib) ? longest_request_of_7_2
                                                       : longest_request_of_6_1;
}

}  // namespace

queue_limits queue_limits::stacking(const kernel_rules& rules) {
  queue_limits limits;
  limits.discard_granularity = rules.has(kernel_rule::limits_are_validated) ? 1 : 0;
  limits.max_write_zeroes_sectors = no_limit;
  return limits;
}

void queue_limits::stack(const queue_limits& below, sector first) {
  max_sectors = at_most_unless_zero(max_sectors, below.max_sectors);
  max_hw_sectors = at_most_unless_zero(max_hw_sectors, below.max_hw_sectors);
  max_write_zeroes_sectors = std::min(max_write_zeroes_sectors, below.max_write_zeroes_sectors);
  logical_block = std::max(logical_block, below.logical_block);
  physical_block = std::max(physical_block, below.physical_block);
  io_min = std::max(io_min, below.io_min);
  io_opt = common_multiple(io_opt, below.io_opt);
  if (io_min % physical_block != 0) io_min = physical_block;
  if (io_opt % physical_block != 0) io_opt = 0;
  max_sectors = whole_blocks(max_sectors, logical_block);
  max_hw_sectors = whole_blocks(max_hw_sectors, logical_block);
  if (below.discard_granularity != 0) {
    const sector alignment = alignment_behind(below, first);
    max_discard_sectors = at_most_unless_zero(max_discard_sectors, below.max_discard_sectors);
    max_hw_discard_sectors =
        at_most_unless_zero(max_hw_discard_sectors, below.max_hw_discard_sectors);
    discard_granularity = std::max(discard_granularity, below.discard_granularity);
    discard_alignment = common_multiple(discard_alignment, alignment) % discard_granularity;
  }
  rotational = rotational || below.rotational;
}

void queue_limits::cap_requests(const kernel_rules& rules) {
  max_hw_sectors = round_down(max_hw_sectors, logical_block);
  max_sectors = round_down(std::min(max_hw_sectors, longest_request(rules)), logical_block);
}

void queue_limits::settle(const kernel_rules& rules) {
  if (!rules.has(kernel_rule::limits_are_validated)) return;
  physical_block = std::max(physical_block, logical_block);
  io_min = std::max(io_min, physical_block);
  io_opt = round_down(io_opt, physical_block);
  cap_requests(rules);
  const sector usual = longest_request(rules);
  const sector wanted = io_opt > usual ? io_opt : io_min > usual ? io_min : usual;
  max_sectors = round_down(std::min(max_hw_sectors, wanted), logical_block);
  max_discard_sectors = std::min(max_hw_discard_sectors, max_user_discard_sectors);
  discard_granularity =
      max_discard_sectors == 0 ? sector(0) : std::max(discard_granularity, physical_block);
}

void queue_limits::limit_discards(sector longest, const kernel_rules& rules) {
  max_user_discard_sectors = longest;
  max_discard_sectors = std::min(longest, max_hw_discard_sectors);
  settle(rules);
}

// The arithmetic for powers of two holds for others too where it says so; it is the kernel's.
sector queue_limits::first_part_of_discard(sector first, sector count) const {
  const sector granularity = std::max<sector>(discard_granularity, 1);
  const sector longest =
      round_down(std::min(max_discard_sectors, longest_bio(logical_block)), granularity);
  if (longest == 0 || count <= longest) return count;
  const sector behind = (first + longest - discard_alignment % granularity) % granularity;
  return longest > behind ? sector(longest - behind) : longest;
}

// Up to the granularity first, then whole multiples of it. Rounded by bits, which is meant for
// powers of two: with pool blocks of another size the first piece may end within a block, which
// then stays.
sector queue_limits::first_bio_of_discard(sector first) const {
  const sector granularity = std::max<sector>(discard_granularity, 1);
  const sector aligned = ((first - 1) | (granularity - 1)) + 1;
  if (aligned != first) return aligned - first;
  return (UINT32_MAX & ~(granularity * pdata::sector_bytes - 1)) / pdata::sector_bytes;
}

sector read_ahead_of(const queue_limits& limits, sector before, const kernel_rules& rules) {
  sector best = limits.io_opt;
  if (best == 0 && limits.rotational && rules.has(kernel_rule::read_ahead_of_rotational))
    best = limits.max_sectors;
  const sector wanted = round_down(2 * best, page_sectors);
  const sector least = rules.has(kernel_rule::read_ahead_never_shrinks)
                           ? std::max(before, least_read_ahead)
                           : least_read_ahead;
  return std::max(wanted, least);
}

}  // namespace sim
