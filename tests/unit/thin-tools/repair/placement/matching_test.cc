#include "thin-tools/repair/placement/matching.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace thin_tools {
namespace {

using option_lists = std::vector<std::vector<std::uint32_t>>;
using numbers = std::vector<std::uint32_t>;

TEST(section_matching, knows_the_pair_but_not_the_order) {
  const option_lists options{{0, 1}, {0, 1}};
  const section_matching matching(numbers{1, 1}, options, 2);
  EXPECT_TRUE(matching.contradicting().empty());
  for (const std::uint32_t hole : {0, 1}) {
    EXPECT_TRUE(matching.occupied(hole));
    EXPECT_EQ(matching.occupants(hole), (numbers{0, 1}));
  }
}

TEST(section_matching, leaves_open_what_a_third_hole_leaves_open) {
  const option_lists options{{0, 1, 2}, {0, 1, 2}};
  const section_matching matching(numbers{1, 1}, options, 3);
  for (const std::uint32_t hole : {0, 1, 2}) EXPECT_FALSE(matching.occupied(hole));
}

TEST(section_matching, excludes_those_that_others_leave_no_room_for) {
  const option_lists options{{0, 1}, {0, 1, 2}, {1, 0}};
  const section_matching matching(numbers{1, 1, 1}, options, 3);
  EXPECT_EQ(matching.occupants(0), (numbers{0, 2}));
  EXPECT_EQ(matching.occupants(2), (numbers{1}));
}

TEST(section_matching, tells_who_needs_too_much) {
  const option_lists options{{0, 1}, {0, 1}, {2}};
  const section_matching matching(numbers{2, 1, 1}, options, 3);
  EXPECT_EQ(matching.contradicting(), (numbers{0, 1}));
}

TEST(section_matching, lets_one_that_needs_nothing_be_nowhere) {
  const option_lists options{{0}, {0}};
  const section_matching matching(numbers{1, 0}, options, 1);
  EXPECT_EQ(matching.occupants(0), (numbers{0}));
}

// All ways to give each subtree as many holes as it needs or more.
void try_all(const option_lists& options, const numbers& needs, std::vector<int>& owners,
             std::uint32_t hole, std::vector<std::set<int>>& seen) {
  if (hole == owners.size()) {
    for (std::uint32_t s = 0; s < needs.size(); ++s)
      if (std::ranges::count(owners, static_cast<int>(s)) < needs[s]) return;
    for (std::uint32_t h = 0; h < owners.size(); ++h) seen[h].insert(owners[h]);
    return;
  }
  for (int s = -1; s < static_cast<int>(needs.size()); ++s) {
    if (s >= 0 && std::ranges::count(options[static_cast<std::size_t>(s)], hole) == 0) continue;
    owners[hole] = s;
    try_all(options, needs, owners, hole + 1, seen);
  }
}

TEST(section_matching, says_of_small_cases_what_trying_all_ways_says) {
  std::uint32_t random = 1;
  const auto below = [&](std::uint32_t end) {
    random = random * 1664525 + 1013904223;
    return (random >> 16) % end;
  };
  for (int round = 0; round < 3000; ++round) {
    const auto nr_holes = 1 + below(4);
    const auto nr_subtrees = 1 + below(4);
    option_lists options(nr_subtrees);
    numbers needs;
    for (auto& list : options) {
      for (std::uint32_t h = 0; h < nr_holes; ++h)
        if (below(3) != 0) list.push_back(h);
      needs.push_back(below(3));
    }
    std::vector<int> owners(nr_holes);
    std::vector<std::set<int>> seen(nr_holes);
    try_all(options, needs, owners, 0, seen);
    const section_matching matching(needs, options, nr_holes);
    ASSERT_EQ(matching.contradicting().empty(), !seen[0].empty());
    if (seen[0].empty()) continue;
    for (std::uint32_t h = 0; h < nr_holes; ++h) {
      ASSERT_EQ(matching.occupied(h), !seen[h].contains(-1)) << round;
      if (!matching.occupied(h)) continue;
      const auto occupants = matching.occupants(h);
      ASSERT_EQ(std::set<int>(occupants.begin(), occupants.end()), seen[h]) << round;
    }
  }
}

}  // namespace
}  // namespace thin_tools
