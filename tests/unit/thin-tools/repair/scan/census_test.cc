// What leaves say together, and which of their mappings cannot be true.
#include "thin-tools/repair/scan/census.h"

#include <gtest/gtest.h>

#include "persistent-data/format/mapping_value.h"

namespace thin_tools {
namespace {

constexpr std::uint64_t nr_data_blocks = 1000;

std::uint64_t value_of(pdata::data_block block, std::uint32_t time) {
  return pdata::pack_mapping({block, time});
}

TEST(leaf_census, knows_the_highest_block_and_the_newest_time) {
  leaf_census census(nr_data_blocks, 1);
  pdata::entry_list leaf(pdata::child_value_bytes);
  leaf.add_u64(0, value_of(41, 3));
  leaf.add_u64(1, value_of(17, 7));
  leaf.add_u64(2, value_of(5, 2));
  census.count(leaf);
  EXPECT_EQ(census.highest_end(), 42U);
  EXPECT_EQ(census.newest_time(), 7U);
  EXPECT_EQ(census.nr_mappings(), 3U);
}

TEST(leaf_census, takes_for_possible_what_the_pool_has_and_its_time_allows) {
  leaf_census census(nr_data_blocks, 1);
  census.refuse_times_after(5);
  census.refuse(12);
  EXPECT_TRUE(census.possible(value_of(nr_data_blocks - 1, 5)));
  EXPECT_FALSE(census.possible(value_of(nr_data_blocks, 5)));
  EXPECT_FALSE(census.possible(value_of(nr_data_blocks - 1, 6)));
  EXPECT_FALSE(census.possible(value_of(12, 0)));
  EXPECT_TRUE(census.possible(value_of(13, 0)));
}

}  // namespace
}  // namespace thin_tools
