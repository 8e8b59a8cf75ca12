#include "persistent-data/space-map/count_differences.h"

#include <gtest/gtest.h>

namespace pdata {
namespace {

constexpr std::uint32_t stored = 1;
constexpr std::uint32_t counted = 0;

TEST(count_differences, are_in_order_and_joined_whatever_order_they_come_in) {
  count_differences all;
  for (const std::uint64_t begin : {30, 10, 20, 50}) all.add({begin, begin + 10, stored, counted});
  all.add({40, 50, counted, stored});
  EXPECT_EQ(all.runs(),
            (std::vector<count_difference>{
                {10, 40, stored, counted}, {40, 50, counted, stored}, {50, 60, stored, counted}}));
  EXPECT_EQ(all.blocks_too_high(), 40U);
  EXPECT_EQ(all.blocks_too_low(), 10U);
}

TEST(count_differences, of_too_many_runs_the_lowest_are_kept_and_all_blocks_counted) {
  constexpr auto runs_max = count_differences::runs_max;
  constexpr auto many = 5 * runs_max;
  count_differences all;
  for (std::uint64_t i = many; i-- > 0;) all.add({3 * i, 3 * i + 1, stored, counted});
  const auto kept = all.runs();
  ASSERT_EQ(kept.size(), runs_max);
  EXPECT_EQ(kept.front().begin, 0U);
  EXPECT_EQ(kept.back().begin, 3 * (runs_max - 1));
  EXPECT_EQ(all.blocks_too_high(), many);
}

}  // namespace
}  // namespace pdata
