#include "persistent-data/base/range_union.h"

#include <gtest/gtest.h>

namespace pdata {
namespace {

struct range {
  int begin;
  int end;
  friend bool operator==(const range&, const range&) = default;
};

TEST(range_union, ranges_that_overlap_or_touch_are_one) {
  std::vector<range> ranges{{20, 30}, {0, 5}, {5, 7}, {25, 26}, {8, 9}, {29, 40}};
  unite_ranges(ranges);
  EXPECT_EQ(ranges, (std::vector<range>{{0, 7}, {8, 9}, {20, 40}}));
}

TEST(range_union, no_ranges_hold_nothing) {
  std::vector<range> ranges;
  unite_ranges(ranges);
  EXPECT_TRUE(ranges.empty());
}

}  // namespace
}  // namespace pdata
