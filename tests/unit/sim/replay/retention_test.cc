// Which snapshots a rule keeps.
#include "sim/replay/retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace sim::replay {

namespace {

constexpr virtual_time hour = 3600 * one_second;

// A snapshot each hour, pruned as they come.
std::vector<virtual_time> hours_left(const std::string& rule, std::uint64_t hours) {
  const auto parsed = parse_retention(rule);
  EXPECT_TRUE(parsed);
  std::vector<virtual_time> taken;
  for (std::uint64_t h = 1; h <= hours; ++h) {
    taken.push_back(h * hour);
    const auto kept = kept_by(*parsed, taken);
    std::vector<virtual_time> left;
    for (std::size_t i = 0; i < taken.size(); ++i)
      if (kept[i]) left.push_back(taken[i]);
    taken = left;
    EXPECT_LE(taken.size(), parsed->most());
  }
  for (auto& time : taken) time /= hour;
  return taken;
}

TEST(retention, a_number_keeps_the_last_ones) {
  EXPECT_THAT(hours_left("3", 10), testing::ElementsAre(8, 9, 10));
  EXPECT_THAT(hours_left("0", 10), testing::IsEmpty());
  EXPECT_THAT(hours_left("last=2", 10), testing::ElementsAre(9, 10));
}

TEST(retention, periods_keep_the_last_snapshot_of_each) {
  EXPECT_THAT(hours_left("hourly=2,daily=3", 100), testing::ElementsAre(71, 95, 99, 100));
  EXPECT_THAT(hours_left("daily=2", 48), testing::ElementsAre(47, 48));
  EXPECT_THAT(hours_left("weekly=2", 24 * 20), testing::ElementsAre(24 * 14 - 1, 24 * 20));
  EXPECT_THAT(hours_left("hourly=24,daily=7", 24 * 30), testing::SizeIs(29));
}

TEST(retention, what_is_no_rule_is_none) {
  for (const char* text : {"", ",", "hourly", "hourly=", "hourly=x", "yearly=1", "-1", "daily=7;"})
    EXPECT_FALSE(parse_retention(text)) << text;
}

}  // namespace

}  // namespace sim::replay
