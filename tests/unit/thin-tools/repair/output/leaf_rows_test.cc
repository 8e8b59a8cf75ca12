#include "thin-tools/repair/output/leaf_rows.h"

#include <gtest/gtest.h>

namespace thin_tools {
namespace {

std::vector<leaf_recipe> row_of(const std::vector<std::uint32_t>& sizes) {
  std::vector<leaf_recipe> row;
  for (std::uint32_t leaf = 0; leaf < sizes.size(); ++leaf) row.push_back({{leaf, 0, sizes[leaf]}});
  return row;
}

std::vector<std::size_t> sizes_of(const std::vector<leaf_recipe>& row) {
  std::vector<std::size_t> sizes;
  for (const auto& leaf : row) sizes.push_back(nr_entries(leaf));
  return sizes;
}

// Leaf by leaf and entry by entry, the order of `row`.
std::vector<std::pair<pdata::node_index, std::uint32_t>> entries_of(
    const std::vector<leaf_recipe>& row) {
  std::vector<std::pair<pdata::node_index, std::uint32_t>> all;
  for (const auto& leaf : row)
    for (const auto& slice : leaf)
      for (std::uint32_t i = 0; i < slice.count; ++i) all.emplace_back(slice.leaf, slice.first + i);
  return all;
}

TEST(leaf_rows, keep_leaves_of_decent_size) {
  const auto row = row_of({84, 252, 100});
  EXPECT_EQ(without_small_leaves(row), row);
}

TEST(leaf_rows, join_a_small_leaf_to_the_one_beside_it) {
  EXPECT_EQ(sizes_of(without_small_leaves(row_of({100, 83, 120}))),
            (std::vector<std::size_t>{183, 120}));
  EXPECT_EQ(sizes_of(without_small_leaves(row_of({3, 100, 120}))),
            (std::vector<std::size_t>{103, 120}));
  EXPECT_EQ(sizes_of(without_small_leaves(row_of({120, 100, 3}))),
            (std::vector<std::size_t>{120, 103}));
}

TEST(leaf_rows, share_out_what_does_not_fit_into_one) {
  EXPECT_EQ(sizes_of(without_small_leaves(row_of({252, 20}))),
            (std::vector<std::size_t>{136, 136}));
}

TEST(leaf_rows, leave_one_leaf_alone_as_it_is) {
  EXPECT_EQ(sizes_of(without_small_leaves(row_of({5}))), (std::vector<std::size_t>{5}));
  EXPECT_EQ(sizes_of(without_small_leaves(row_of({5, 6}))), (std::vector<std::size_t>{11}));
  EXPECT_TRUE(without_small_leaves({}).empty());
}

TEST(leaf_rows, have_no_small_leaf_and_every_entry_in_its_order_whatever_sizes_there_are) {
  for (std::uint32_t seed = 1; seed < 400; ++seed) {
    std::vector<std::uint32_t> sizes;
    for (std::uint32_t i = 0, at = seed; i < 2 + seed % 9; ++i, at = at * 48271 % 2147483647)
      sizes.push_back(at % 5 == 0 ? 1 + at % 252 : 1 + at % 90);
    const auto row = row_of(sizes);
    const auto again = without_small_leaves(without_small_leaves(row));
    EXPECT_EQ(entries_of(again), entries_of(row));
    if (entries_of(row).size() < leaf_entries_min) continue;
    for (const auto size : sizes_of(again)) {
      EXPECT_GE(size, leaf_entries_min) << seed;
      EXPECT_LE(size, leaf_entries_max) << seed;
    }
  }
}

}  // namespace
}  // namespace thin_tools
