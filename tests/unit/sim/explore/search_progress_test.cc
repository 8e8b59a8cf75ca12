// How long a search may take still, and what it does not know.
#include "sim/explore/search_progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sim::explore {
namespace {

search_state state_of(unsigned depth, std::size_t beginnings, std::size_t done, std::size_t found) {
  search_state state;
  state.depth = depth;
  state.frontier.resize(beginnings);
  state.next_node = done;
  state.found.resize(found);
  return state;
}

TEST(search_progress, nothing_is_told_before_anything_was_measured) {
  search_estimate of("tiny", 4);
  of.begin(state_of(1, 1, 0, 0), 0);
  EXPECT_FALSE(of.ahead().this_length);
  of.update(state_of(2, 10, 0, 0), 1);
  EXPECT_FALSE(of.ahead().this_length) << "how much dearer longer histories are is not known";
  EXPECT_THAT(progress_of(std::span(&of, 1), 7),
              testing::HasSubstr("time not known yet: tiny; 7 crash states"));
}

TEST(search_progress, the_rest_of_a_length_follows_from_what_is_done_of_it) {
  search_estimate of("tiny", 2);
  of.begin(state_of(2, 100, 20, 0), 1000);
  of.update(state_of(2, 100, 40, 0), 1010);
  EXPECT_DOUBLE_EQ(*of.ahead().this_length, 30);
  EXPECT_DOUBLE_EQ(*of.ahead().longer, 0) << "there are no longer ones";
}

TEST(search_progress, longer_histories_grow_as_measured) {
  search_estimate of("tiny", 4);
  of.begin(state_of(1, 1, 0, 0), 0);
  of.update(state_of(2, 10, 0, 0), 1);    // a second for the one beginning
  of.update(state_of(2, 10, 5, 20), 11);  // two seconds for each
  const auto f = of.ahead();
  EXPECT_DOUBLE_EQ(*f.this_length, 10);
  EXPECT_DOUBLE_EQ(f.growth, 4);
  // Whether they become dearer is known when a length has ended: 40 and 160 beginnings.
  EXPECT_DOUBLE_EQ(*f.longer, 2 * 40 + 2 * 160);
  of.update(state_of(3, 40, 0, 0), 21);
  EXPECT_DOUBLE_EQ(*of.ahead().this_length, 40 * 4) << "twice as dear once more";
  EXPECT_FALSE(of.ahead().longer);
}

TEST(search_progress, other_pools_are_added_or_named) {
  std::vector<search_estimate> all{{"tiny", 2}, {"wide", 2}};
  all[1].begin(state_of(2, 8, 0, 0), 0);
  all[1].update(state_of(2, 8, 4, 0), 100);
  all[0].begin(state_of(2, 8, 0, 0), 200);
  all[0].update(state_of(2, 8, 6, 0), 230);
  EXPECT_EQ(progress_of(all, 3),
            "tiny: histories of 2 operations: 75 % of 8 beginnings, about 10 s left; other pools "
            "1 min 40 s; 3 crash states");
  std::vector<search_estimate> unknown{{"tiny", 2}, {"wide", 2}};
  unknown[0].begin(state_of(2, 8, 0, 0), 200);
  unknown[0].update(state_of(2, 8, 6, 0), 230);
  EXPECT_THAT(progress_of(unknown, 3), testing::HasSubstr("time not known yet: wide"));
}

}  // namespace
}  // namespace sim::explore
