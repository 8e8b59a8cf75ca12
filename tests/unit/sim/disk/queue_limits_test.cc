#include "sim/disk/queue_limits.h"

#include <gtest/gtest.h>

#include "sim/disk/disk_options.h"

namespace sim {
namespace {

const kernel_rules old_rules(kernel_version::linux_6_1);
const kernel_rules new_rules(kernel_version::linux_7_3);

TEST(queue_limits_test, a_disk_of_larger_blocks_has_them_in_all_its_limits) {
  const auto limits = limits_of({.logical_block = 8, .max_request = 100}, new_rules);
  EXPECT_EQ(limits.physical_block, 8U);
  EXPECT_EQ(limits.io_min, 8U);
  EXPECT_EQ(limits.discard_granularity, 8U);
  EXPECT_EQ(limits.max_sectors, 96U);
}

TEST(queue_limits_test, a_disk_without_discards_has_no_granularity) {
  for (const auto& rules : {old_rules, new_rules}) {
    const auto limits = limits_of({.discard_granularity = 64, .max_discard = 0}, rules);
    EXPECT_EQ(limits.max_discard_sectors, 0U);
    EXPECT_EQ(limits.discard_granularity, 0U);
  }
}

TEST(queue_limits_test, stacked_limits_are_the_strictest) {
  auto all = queue_limits::stacking(old_rules);
  all.stack(limits_of({.logical_block = 8, .io_opt = 48, .max_discard = 1000}, old_rules), 0);
  all.stack(limits_of({.io_opt = 32, .discard_granularity = 64}, old_rules), 0);
  EXPECT_EQ(all.logical_block, 8U);
  EXPECT_EQ(all.io_opt, 96U);
  EXPECT_EQ(all.max_discard_sectors, 1000U);
  EXPECT_EQ(all.discard_granularity, 64U);
  EXPECT_TRUE(all.rotational);
}

TEST(queue_limits_test, discards_are_cut_so_that_the_next_one_is_aligned) {
  queue_limits limits;
  limits.max_discard_sectors = 1000;
  limits.discard_granularity = 128;
  EXPECT_EQ(limits.first_part_of_discard(0, 896), 896U);
  EXPECT_EQ(limits.first_part_of_discard(0, 897), 896U);
  EXPECT_EQ(limits.first_part_of_discard(100, 5000), 796U);
  limits.max_discard_sectors = 100;  // less than a granule: it is not cut
  EXPECT_EQ(limits.first_part_of_discard(0, 5000), 5000U);
}

TEST(queue_limits_test, an_administrator_cannot_raise_what_a_device_takes) {
  auto limits = limits_of({.max_discard = 1000}, new_rules);
  limits.limit_discards(5000, new_rules);
  EXPECT_EQ(limits.max_discard_sectors, 1000U);
  limits.limit_discards(0, new_rules);
  EXPECT_EQ(limits.max_discard_sectors, 0U);
  EXPECT_EQ(limits.discard_granularity, 0U);
}

TEST(queue_limits_test, read_ahead_shrinks_with_old_kernels_only) {
  queue_limits limits;
  limits.io_opt = 1024;
  EXPECT_EQ(read_ahead_of(limits, 8192, old_rules), 2048U);
  EXPECT_EQ(read_ahead_of(limits, 8192, new_rules), 8192U);
  limits = limits_of({}, new_rules);
  EXPECT_EQ(read_ahead_of(limits, least_read_ahead, new_rules), 16384U);
  EXPECT_EQ(read_ahead_of(limits, least_read_ahead, old_rules), least_read_ahead);
}

}  // namespace
}  // namespace sim
