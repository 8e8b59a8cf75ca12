// Which moments of a trace are examined.
#include "sim/replay/trace_explorer.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace sim::replay {
namespace {

TEST(trace_explorer, all_moments_are_chosen_where_there_are_few) {
  const auto chosen = choose_moments({3, 0, 2}, 5, 1);
  using numbers = std::vector<std::uint64_t>;
  EXPECT_EQ(chosen, (std::vector<numbers>{{0, 1, 2}, {}, {0, 1}}));
}

TEST(trace_explorer, rare_kinds_are_examined_whole_and_frequent_ones_share_the_rest) {
  const auto chosen = choose_moments({1000, 7, 100'000}, 107, 1);
  EXPECT_EQ(chosen[1].size(), 7U);
  EXPECT_EQ(chosen[0].size(), 50U);
  EXPECT_EQ(chosen[2].size(), 50U);
}

TEST(trace_explorer, what_is_chosen_is_spread_evenly) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    const auto chosen = choose_moments({1003}, 10, seed).front();
    ASSERT_EQ(chosen.size(), 10U);
    EXPECT_TRUE(std::ranges::is_sorted(chosen));
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      EXPECT_GE(chosen[i], i * 1003 / 10);
      EXPECT_LT(chosen[i], (i + 1) * 1003 / 10);
    }
  }
}

}  // namespace
}  // namespace sim::replay
