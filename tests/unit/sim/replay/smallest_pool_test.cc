// The search for the smallest size, on answers that are known.
#include "sim/replay/smallest_pool.h"

#include <gtest/gtest.h>

namespace sim::replay {

namespace {

TEST(find_smallest, finds_the_threshold_from_any_guess) {
  for (const std::uint64_t threshold : {1U, 2U, 7U, 100U, 999U, 1000U}) {
    for (const std::uint64_t guess : {0U, 1U, 5U, 100U, 101U, 998U, 1000U, 5000U}) {
      std::uint64_t tried = 0;
      const auto found = find_smallest(1, 1000, guess, [&](std::uint64_t n) {
        ++tried;
        return n >= threshold;
      });
      EXPECT_EQ(found.blocks, threshold) << guess;
      EXPECT_EQ(found.one_less_is_short, threshold != 1) << guess;
      EXPECT_LE(tried, 22U) << threshold << " from " << guess;
    }
  }
}

TEST(find_smallest, a_good_guess_takes_two_tries) {
  std::uint64_t tried = 0;
  find_smallest(1, 1'000'000, 5000, [&](std::uint64_t n) {
    ++tried;
    return n >= 5000;
  });
  EXPECT_EQ(tried, 2U);
}

// Where more does not always suffice, the answer still is one, and its predecessor is
// not.
TEST(find_smallest, both_sides_of_the_answer_were_tried) {
  const auto odd = [](std::uint64_t n) { return n >= 40 && (n % 7 != 0 || n > 90); };
  for (std::uint64_t guess = 1; guess <= 100; ++guess) {
    const auto found = find_smallest(1, 100, guess, odd);
    EXPECT_TRUE(odd(found.blocks)) << guess;
    EXPECT_FALSE(odd(found.blocks - 1)) << guess;
  }
}

}  // namespace

}  // namespace sim::replay
