// The hash of states: the same numbers with and without integers of 128 bits.
#include "sim/explore/fingerprint.h"

#include <gtest/gtest.h>

#include <random>

namespace sim::explore {
namespace {

TEST(fingerprint, folds_products_alike_with_and_without_wide_integers) {
  std::mt19937_64 random(1);
  for (int n = 0; n < 10'000; ++n) {
    const std::uint64_t a = random();
    const std::uint64_t b = random() >> (n % 64);
    ASSERT_EQ(multiply_and_fold_in_parts(a, b), multiply_and_fold(a, b)) << a << " * " << b;
  }
}

TEST(fingerprint, folds_the_largest_product) {
  // (2^64 - 1)^2 = (2^64 - 2) 2^64 + 1
  EXPECT_EQ(multiply_and_fold_in_parts(UINT64_MAX, UINT64_MAX), UINT64_MAX);
  EXPECT_EQ(multiply_and_fold_in_parts(1ULL << 32, 1ULL << 32), 1U);
}

}  // namespace
}  // namespace sim::explore
