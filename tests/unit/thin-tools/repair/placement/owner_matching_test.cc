#include "thin-tools/repair/placement/matching.h"

#include <gtest/gtest.h>

namespace thin_tools {
namespace {

using trees = std::vector<owner_puzzle::tree>;

std::vector<int> sure(const owner_puzzle& puzzle) {
  std::vector<int> all;
  for (const auto& answer : solve(puzzle))
    all.push_back(answer.sure ? static_cast<int>(*answer.sure) : -1);
  return all;
}

constexpr int unsure = -1;

TEST(sure_matching, follows_from_what_others_cannot_have) {
  // Device 0 could have either, but device 1 has no other than tree 0.
  const owner_puzzle puzzle{
      .trees = trees{{.nr_owners = 1, .owners = {0, 1}}, {.nr_owners = 1, .owners = {0}}},
      .nr_devices = 2};
  EXPECT_EQ(sure(puzzle), (std::vector{1, 0}));
}

TEST(sure_matching, says_nothing_where_two_could_change_places) {
  const owner_puzzle puzzle{.trees = trees{{.nr_owners = 1, .owners = {0, 1}},
                                           {.nr_owners = 1, .owners = {0, 1}},
                                           {.nr_owners = 1, .owners = {2}}},
                            .nr_devices = 3};
  EXPECT_EQ(sure(puzzle), (std::vector{unsure, unsure, 2}));
  EXPECT_TRUE(solve(puzzle)[0].possible);
}

TEST(sure_matching, counts_the_owners_of_a_shared_tree) {
  const owner_puzzle shared{.trees = trees{{.nr_owners = 2, .owners = {0, 1}}}, .nr_devices = 2};
  EXPECT_EQ(sure(shared), (std::vector{0, 0}));
  const owner_puzzle one_left{
      .trees = trees{{.nr_owners = 1, .owners = {0, 1}}}, .nr_devices = 2, .nr_treeless = 1};
  EXPECT_EQ(sure(one_left), (std::vector{unsure, unsure}));
}

TEST(sure_matching, leaves_trees_to_newcomers) {
  owner_puzzle puzzle{
      .trees = trees{{.nr_owners = 1, .owners = {0}}, {.nr_owners = 1, .owners = {0}}},
      .nr_devices = 1,
      .nr_newcomers = 1};
  EXPECT_EQ(sure(puzzle), (std::vector{unsure}));
  puzzle.trees[1].may_have_newcomers = false;
  EXPECT_EQ(sure(puzzle), (std::vector{1}));
}

TEST(sure_matching, takes_into_account_that_a_device_may_have_none) {
  owner_puzzle puzzle{.trees = trees{{.nr_owners = 1, .owners = {0}}},
                      .nr_devices = 1,
                      .nr_newcomers = 1,
                      .nr_treeless = 1};
  EXPECT_EQ(sure(puzzle), (std::vector{unsure}));
  // The tree is somebody's, and nobody else's.
  puzzle.nr_newcomers = 0;
  EXPECT_EQ(sure(puzzle), (std::vector{0}));
  // Or it is no device's tree.
  puzzle.trees[0].may_have_none = true;
  EXPECT_EQ(sure(puzzle), (std::vector{unsure}));
}

TEST(sure_matching, says_nothing_of_what_cannot_be) {
  const owner_puzzle puzzle{
      .trees = trees{{.nr_owners = 1, .owners = {0}}, {.nr_owners = 1, .owners = {0}}},
      .nr_devices = 1};
  EXPECT_EQ(sure(puzzle), (std::vector{unsure}));
  EXPECT_FALSE(solve(puzzle)[0].has_one);
}

}  // namespace
}  // namespace thin_tools
