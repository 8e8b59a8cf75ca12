#include "thin-tools/repair/placement/propagation.h"

#include <gtest/gtest.h>

namespace thin_tools {
namespace {

using enum placement;

lost_subtree leaf(std::uint64_t first, std::uint64_t last, std::uint32_t nr_missing = 1) {
  return {.first_key = first,
          .last_key = last,
          .nr_missing = nr_missing,
          .exact = true,
          .nr_values = last - first + 1};
}

// Subtrees that may be in every hole.
placements all_in_all(std::vector<lost_subtree> subtrees, std::uint32_t nr_holes) {
  placements of;
  of.subtrees = std::move(subtrees);
  of.holes.resize(nr_holes);
  of.claims.resize(of.subtrees.size());
  for (auto& claims : of.claims)
    for (std::uint32_t h = 0; h < nr_holes; ++h) claims.push_back({h});
  return of;
}

std::vector<placement> answers(const placements& of, std::size_t subtree) {
  std::vector<placement> all;
  for (const auto& c : of.claims[subtree]) all.push_back(c.is);
  return all;
}

using answer_list = std::vector<placement>;

TEST(placement_solver, places_what_misses_as_many_references_as_there_are_holes) {
  auto of = all_in_all({leaf(0, 9, 2)}, 2);
  placement_solver(of).solve();
  EXPECT_EQ(answers(of, 0), (answer_list{certain, certain}));
}

TEST(placement_solver, places_nothing_that_fits_one_hole_more) {
  auto of = all_in_all({leaf(0, 9, 2)}, 3);
  placement_solver solver(of);
  solver.solve();
  EXPECT_EQ(answers(of, 0), (answer_list{possible, possible, possible}));
  EXPECT_TRUE(solver.certain_sections().empty());
}

TEST(placement_solver, tells_where_two_share_two_holes) {
  auto of = all_in_all({leaf(0, 9), leaf(5, 19)}, 2);
  placement_solver solver(of);
  solver.solve();
  EXPECT_EQ(answers(of, 0), (answer_list{possible, possible}));
  const auto sections = solver.certain_sections();
  ASSERT_EQ(sections.size(), 2);
  for (const std::uint32_t hole : {0, 1}) {
    EXPECT_EQ(sections[hole].hole, hole);
    EXPECT_EQ(sections[hole].keys, (key_section{5, 9}));  // where both are
    EXPECT_EQ(sections[hole].subtrees, (std::vector<std::uint32_t>{0, 1}));
  }
}

TEST(placement_solver, follows_a_chain_of_overlaps) {
  // Subtree 0 is in hole 0, so 1 is in hole 1, so 2 is in hole 0.
  auto of = all_in_all({leaf(0, 9), leaf(5, 19), leaf(15, 29)}, 2);
  of.claims[0].pop_back();
  placement_solver(of).solve();
  EXPECT_EQ(answers(of, 0), (answer_list{certain}));
  EXPECT_EQ(answers(of, 1), (answer_list{impossible, certain}));
  EXPECT_EQ(answers(of, 2), (answer_list{certain, impossible}));
}

TEST(placement_solver, excludes_no_second_place_below_nodes_with_several_parents) {
  auto of = all_in_all({leaf(0, 9)}, 2);
  of.claims[0][0].is = certain;
  auto vague = of;
  vague.subtrees[0].exact = false;
  placement_solver(of).solve();
  EXPECT_EQ(answers(of, 0), (answer_list{certain, impossible}));
  placement_solver(vague).solve();
  EXPECT_EQ(answers(vague, 0), (answer_list{certain, possible}));
}

TEST(placement_solver, gives_no_tree_more_than_its_device_has) {
  auto of = all_in_all({leaf(0, 9)}, 2);
  of.budgets.push_back({.holes = {0}, .least = 0, .most = 9});
  placement_solver(of).solve();
  EXPECT_EQ(answers(of, 0), (answer_list{impossible, certain}));
}

TEST(placement_solver, leaves_room_for_just_as_many_as_the_device_has) {
  auto of = all_in_all({leaf(0, 9)}, 2);
  of.budgets.push_back({.holes = {0}, .least = 0, .most = 10});
  placement_solver(of).solve();
  EXPECT_EQ(answers(of, 0), (answer_list{possible, possible}));
}

TEST(placement_solver, believes_nothing_of_what_is_in_more_places_than_it_misses) {
  auto of = all_in_all({leaf(0, 9)}, 2);
  for (auto& c : of.claims[0]) c.is = certain;
  placement_solver(of).solve();
  EXPECT_EQ(answers(of, 0), (answer_list{impossible, impossible}));
}

TEST(placement_solver, finds_the_only_way_to_the_number_of_mappings) {
  // 10 and 30 are in one, 15 and 26 in the other: 40 and 41.
  auto of = all_in_all({leaf(0, 9), leaf(0, 14), leaf(20, 45), leaf(20, 49)}, 2);
  of.budgets.push_back({.holes = {0}, .least = 40, .most = 40});
  of.budgets.push_back({.holes = {1}, .least = 41, .most = 41});
  placement_solver(of).solve();
  EXPECT_EQ(answers(of, 0), (answer_list{certain, impossible}));
  EXPECT_EQ(answers(of, 1), (answer_list{impossible, certain}));
  EXPECT_EQ(answers(of, 2), (answer_list{impossible, certain}));
  EXPECT_EQ(answers(of, 3), (answer_list{certain, impossible}));
}

TEST(placement_solver, concludes_less_from_a_number_that_unread_leaves_blur) {
  auto of = all_in_all({leaf(0, 9), leaf(0, 14), leaf(20, 45), leaf(20, 49)}, 2);
  of.budgets.push_back({.holes = {0}, .least = 0, .most = 45});
  of.budgets.push_back({.holes = {1}, .least = 0, .most = 45});
  placement_solver(of).solve();
  // 10 and 30, or 15 and 26; but 15 and 30 is 45, and 10 and 26 is 36, too.
  for (std::size_t s = 0; s < 4; ++s) EXPECT_EQ(answers(of, s), (answer_list{possible, possible}));
}

TEST(placement_solver, keeps_siblings_at_one_height_if_all_can_be_read) {
  auto of = all_in_all({leaf(0, 9), leaf(20, 29)}, 2);
  of.subtrees[1].height = 1;
  of.claims[0].pop_back();
  auto open = of;
  of.closed = true;
  placement_solver(of).solve();
  EXPECT_EQ(answers(of, 1), (answer_list{impossible, certain}));
  placement_solver(open).solve();
  EXPECT_EQ(answers(open, 1), (answer_list{possible, possible}));
}

TEST(placement_solver, believes_nothing_of_what_contradicts_itself) {
  auto of = all_in_all({leaf(0, 9), leaf(5, 19), leaf(30, 39)}, 1);
  placement_solver(of).solve();
  EXPECT_EQ(answers(of, 0), (answer_list{impossible}));
  EXPECT_EQ(answers(of, 1), (answer_list{impossible}));
  EXPECT_EQ(answers(of, 2), (answer_list{certain}));
}

}  // namespace
}  // namespace thin_tools
