// Counts of metadata blocks, asked of places where damaged nodes may lead.
#include "persistent-data/survey/stored_counts.h"

#include <gtest/gtest.h>

namespace pdata {
namespace {

TEST(stored_counts, nothing_is_known_behind_the_end_of_the_device) {
  const stored_counts counts(10);
  for (const metadata_block b :
       {std::uint64_t{9}, std::uint64_t{10}, std::uint64_t{1} << 33, ~std::uint64_t{0}}) {
    EXPECT_FALSE(counts.live(b)) << b;
    EXPECT_FALSE(counts.in_overflow(b)) << b;
    EXPECT_EQ(counts.get(b), std::nullopt) << b;
  }
}

}  // namespace
}  // namespace pdata
