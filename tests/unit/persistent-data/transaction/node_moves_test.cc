#include "persistent-data/transaction/node_moves.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <numeric>
#include <vector>

#include "persistent-data/base/checked_math.h"

namespace pdata {
namespace {

// A leaf of 8-byte values that starts with `count` entries from `first` on.
struct leaf {
  leaf(std::uint64_t first, std::uint32_t count)
      : node(node_editor::format(block.span(), node_kind::leaf, 8, max_node_entries(8))) {
    node.set_nr_entries(count);
    for (std::uint32_t i = 0; i < count; ++i) {
      node.set_key(i, first + i);
      node.set_value_u64(i, 1000 + first + i);
    }
  }

  block_buffer block;
  node_editor node;
};

std::vector<std::uint64_t> entries(std::initializer_list<const leaf*> leaves) {
  std::vector<std::uint64_t> keys;
  for (const leaf* l : leaves)
    for (std::uint32_t i = 0; i < l->node.nr_entries(); ++i) {
      keys.push_back(l->node.key(i));
      EXPECT_EQ(l->node.value_u64(i), 1000 + l->node.key(i));
    }
  return keys;
}

std::vector<std::uint64_t> first_keys(std::uint64_t count) {
  std::vector<std::uint64_t> keys(to_size(count));
  std::iota(keys.begin(), keys.end(), 0);
  return keys;
}

std::uint32_t any_count() { return *rc::gen::inRange<std::uint32_t>(0, 253); }

TEST(node_moves, two_nodes_share_their_entries) {
  EXPECT_TRUE(rc::check([] {
    const auto nr_left = any_count();
    const auto nr_right = any_count();
    leaf left(0, nr_left);
    leaf right(nr_left, nr_right);
    redistribute_two(left.node, right.node);
    RC_ASSERT(left.node.nr_entries() == (nr_left + nr_right) / 2);
    RC_ASSERT(entries({&left, &right}) == first_keys(nr_left + nr_right));
  }));
}

TEST(node_moves, three_nodes_share_their_entries) {
  EXPECT_TRUE(rc::check([] {
    const auto nr_left = any_count();
    const auto nr_right = any_count();
    leaf left(0, nr_left);
    leaf center(0, 0);
    leaf right(nr_left, nr_right);
    redistribute_three(left.node, center.node, right.node);
    const auto total = nr_left + nr_right;
    RC_ASSERT(left.node.nr_entries() == total / 3);
    RC_ASSERT(center.node.nr_entries() == (total - total / 3) / 2);
    RC_ASSERT(entries({&left, &center, &right}) == first_keys(total));
  }));
}

TEST(node_moves, a_shift_keeps_order_or_is_refused) {
  EXPECT_TRUE(rc::check([] {
    const auto nr_left = any_count();
    const auto nr_right = any_count();
    const int count = *rc::gen::inRange(-300, 300);
    leaf left(0, nr_left);
    leaf right(nr_left, nr_right);
    const bool possible =
        count > 0
            ? static_cast<int>(nr_left) >= count && static_cast<int>(nr_right) + count <= 252
            : static_cast<int>(nr_right) >= -count && static_cast<int>(nr_left) - count <= 252;
    const status outcome = shift_entries(left.node, right.node, count);
    RC_ASSERT(outcome.errno_value() == (possible ? 0 : EINVAL));
    RC_ASSERT(static_cast<int>(left.node.nr_entries()) ==
              static_cast<int>(nr_left) - (possible ? count : 0));
    RC_ASSERT(entries({&left, &right}) == first_keys(nr_left + nr_right));
  }));
}

// The kernel's copies to the center are longer than the center's share here;
// the surplus stays behind its entries, and in the image.
TEST(node_moves, a_full_left_node_leaves_stale_entries_in_the_center) {
  leaf left(0, 252);
  leaf center(0, 0);
  leaf right(252, 3);
  redistribute_three(left.node, center.node, right.node);
  ASSERT_EQ(left.node.nr_entries(), 85U);
  ASSERT_EQ(center.node.nr_entries(), 85U);
  EXPECT_EQ(center.node.key(84), 169U);
  EXPECT_EQ(center.node.key(85), 170U);
  EXPECT_EQ(center.node.key(166), 251U);
  EXPECT_EQ(center.node.key(167), 0U);
}

TEST(node_moves, a_child_that_has_no_place_is_refused) {
  leaf parent(0, 2);
  EXPECT_NE(insert_child(parent.node, 3, 7, 7).errno_value(), 0);
  EXPECT_EQ(parent.node.nr_entries(), 2U);
  EXPECT_TRUE(insert_child(parent.node, 2, 7, 7).ok());
  EXPECT_EQ(parent.node.key(2), 7U);
  leaf full(0, 252);
  EXPECT_NE(insert_child(full.node, 0, 7, 7).errno_value(), 0);
  EXPECT_EQ(full.node.nr_entries(), 252U);
}

TEST(node_moves, nodes_of_different_shape_do_not_mix) {
  leaf left(0, 1);
  block_buffer other;
  node_editor right = node_editor::format(other.span(), node_kind::leaf, 8, 100);
  EXPECT_EQ(shift_entries(left.node, right, 1).errno_value(), EILSEQ);
}

}  // namespace
}  // namespace pdata
