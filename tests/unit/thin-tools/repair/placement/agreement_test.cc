#include "thin-tools/repair/placement/agreement.h"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/unit/support/planted_tree.h"

namespace thin_tools {
namespace {

using key_list = std::vector<std::uint64_t>;

key_list keys_from(std::uint64_t first, std::size_t count) {
  key_list keys(count);
  std::iota(keys.begin(), keys.end(), first);
  return keys;
}

bool anything(std::uint64_t) { return true; }

// Trees by hand, and what is made of their nodes.
class hole_contents_test : public ::testing::Test {
 protected:
  static constexpr pdata::metadata_block nr_blocks = 64;

  void read(std::vector<pdata::metadata_block> roots) {
    forest_.read(roots, [](const pdata::visited_leaf&) {});
  }
  pdata::node_index node(pdata::metadata_block at) const { return *forest_.good_node(at); }

  static agreed_part part(pdata::metadata_block at, std::uint64_t first, std::uint32_t count) {
    return {.sources = {at},
            .nr_subtrees = 1,
            .first_key = first,
            .last_key = first + count - 1,
            .nr_entries = count};
  }
  static hole_content content(const agreed_part& what) {
    return {what.first_key, what.last_key, what};
  }
  hole_content content(pdata::node_index whole) {
    const auto tree = forest_.below(whole);
    return {tree.first_key, tree.last_key, graft{whole}};
  }

  // The keys of each leaf that comes out; a node that stays as it is: none.
  std::vector<key_list> pack(hole_contents contents) {
    std::vector<key_list> leaves;
    for (const auto& made :
         make_grafts(forest_, planted_.device(), std::move(contents), anything)) {
      auto& keys = leaves.emplace_back();
      if (!forest_.is_agreed_leaf(made.node)) continue;
      const auto entries = put_together(planted_.device(), forest_.agreed(made.node), anything);
      for (std::size_t i = 0; i < entries.size(); ++i) keys.push_back(entries.key(i));
    }
    return leaves;
  }

  test_support::planted_tree planted_{nr_blocks};
  pdata::batch_reader reader_{planted_.device(), 1};
  mapping_forest forest_{reader_, nr_blocks};
};

TEST_F(hole_contents_test, leaves_large_parts_and_whole_nodes_as_they_are) {
  planted_.leaf(1, keys_from(0, 100));
  planted_.leaf(2, keys_from(200, 90));
  read({1, 2});
  EXPECT_EQ(pack({content(part(2, 200, 90)), content(node(1))}),
            (std::vector<key_list>{{}, keys_from(200, 90)}));
}

TEST_F(hole_contents_test, joins_a_small_part_to_the_leaf_before_or_behind) {
  planted_.leaf(1, keys_from(0, 100));
  planted_.leaf(2, keys_from(100, 20));
  planted_.leaf(3, keys_from(300, 10));
  planted_.leaf(4, keys_from(400, 90));
  read({1, 2, 3, 4});
  EXPECT_EQ(pack({content(node(1)), content(part(2, 100, 20))}),
            (std::vector<key_list>{keys_from(0, 120)}));
  auto behind = keys_from(300, 10);
  for (const auto key : keys_from(400, 90)) behind.push_back(key);
  EXPECT_EQ(pack({content(part(3, 300, 10)), content(node(4))}), (std::vector<key_list>{behind}));
}

TEST_F(hole_contents_test, cuts_what_is_too_much_for_one_leaf_in_equal_leaves) {
  planted_.leaf(1, keys_from(0, 252));
  planted_.leaf(2, keys_from(252, 20));
  read({1, 2});
  EXPECT_EQ(pack({content(node(1)), content(part(2, 252, 20))}),
            (std::vector<key_list>{keys_from(0, 136), keys_from(136, 136)}));
}

TEST_F(hole_contents_test, opens_inner_nodes_for_a_leaf_to_join) {
  planted_.leaf(1, keys_from(0, 100));
  planted_.leaf(2, keys_from(100, 100));
  planted_.internal(3, {{0, 1}, {100, 2}});
  planted_.leaf(4, keys_from(200, 30));
  read({3, 4});
  EXPECT_EQ(pack({content(node(3)), content(part(4, 200, 30))}),
            (std::vector<key_list>{{}, keys_from(100, 130)}));
}

TEST_F(hole_contents_test, keeps_a_small_leaf_that_has_none_beside_it) {
  planted_.leaf(1, keys_from(0, 20));
  read({1});
  EXPECT_EQ(pack({content(part(1, 0, 20))}), (std::vector<key_list>{keys_from(0, 20)}));
}

TEST_F(hole_contents_test, leaves_out_what_overlaps) {
  planted_.leaf(1, keys_from(0, 100));
  planted_.leaf(2, keys_from(50, 100));
  read({1, 2});
  EXPECT_EQ(pack({content(node(1)), content(node(2))}).size(), 1);
}

using agreement_test = hole_contents_test;

TEST_F(agreement_test, is_what_subtrees_share_and_what_their_leaves_have_in_common) {
  planted_.leaf(1, keys_from(0, 100));
  planted_.leaf(2, keys_from(100, 100));
  auto other = keys_from(100, 100);
  other.erase(other.begin() + 10);
  other.push_back(250);
  planted_.leaf(3, other);
  planted_.internal(4, {{0, 1}, {100, 2}});
  planted_.internal(5, {{0, 1}, {100, 3}});
  read({4, 5});
  agreement_maker maker(forest_, planted_.device(), anything);
  auto expected = keys_from(100, 100);
  expected.erase(expected.begin() + 10);
  EXPECT_EQ(pack(maker.agreement({node(4), node(5)}, {0, 199})),
            (std::vector<key_list>{{}, expected}));
}

TEST_F(agreement_test, ends_with_the_section) {
  planted_.leaf(1, keys_from(0, 200));
  planted_.leaf(2, keys_from(0, 200));
  read({1, 2});
  agreement_maker maker(forest_, planted_.device(), anything);
  EXPECT_EQ(pack(maker.agreement({node(1), node(2)}, {50, 149})),
            (std::vector<key_list>{keys_from(50, 100)}));
}

TEST_F(agreement_test, holds_leaves_against_those_that_were_cut_elsewhere) {
  planted_.leaf(1, keys_from(0, 200));
  planted_.leaf(2, keys_from(0, 90));
  planted_.leaf(3, keys_from(90, 110));
  planted_.internal(4, {{0, 2}, {90, 3}});
  read({1, 4});
  agreement_maker maker(forest_, planted_.device(), anything);
  EXPECT_EQ(pack(maker.agreement({node(1), node(4)}, {0, 199})),
            (std::vector<key_list>{keys_from(0, 200)}));
}

TEST_F(agreement_test, says_nothing_of_what_is_damaged_in_one) {
  planted_.leaf(1, keys_from(0, 100));
  planted_.leaf(2, keys_from(100, 100));
  planted_.leaf(3, keys_from(0, 100));
  planted_.leaf(6, keys_from(100, 100));
  planted_.internal(4, {{0, 1}, {100, 2}});
  planted_.internal(5, {{0, 3}, {100, 6}});
  planted_.trash(6);
  read({4, 5});
  agreement_maker maker(forest_, planted_.device(), anything);
  EXPECT_EQ(pack(maker.agreement({node(4), node(5)}, {0, 199})),
            (std::vector<key_list>{keys_from(0, 100)}));
}

}  // namespace
}  // namespace thin_tools
