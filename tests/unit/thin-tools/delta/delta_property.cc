// Differences of two devices against those of their mappings, block by block.
#include "thin-tools/delta/delta.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/support/built_pool.h"

namespace thin_tools {
namespace {

using test_support::built_pool;
using mapping_table = std::map<pdata::thin_block, pdata::mapping>;

// Blocks of a kind, out of the pieces, which must be maximal and in order.
struct collecting_writer : delta_writer {
  void begin(const delta_header&) override {}
  void piece(const delta_piece& piece) override {
    RC_ASSERT(piece.length > 0);
    if (last) RC_ASSERT(last->begin + last->length <= piece.begin);
    if (last) RC_ASSERT(!goes_on(*last, piece));
    last = piece;
    for (std::uint64_t i = 0; i < piece.length; ++i) {
      delta_piece block = piece;
      block.begin += i;
      block.length = 1;
      if (piece.kind != difference::right_only) block.left_data += i;
      if (piece.kind != difference::left_only) block.right_data += i;
      blocks.push_back(block);
    }
  }
  void end() override { complete = true; }

  static bool goes_on(const delta_piece& a, const delta_piece& b) {
    return a.kind == b.kind && a.begin + a.length == b.begin &&
           (a.kind == difference::right_only || a.left_data + a.length == b.left_data) &&
           (a.kind == difference::left_only || a.right_data + a.length == b.right_data);
  }

  std::vector<delta_piece> blocks;
  std::optional<delta_piece> last;
  bool complete = false;
};

std::vector<delta_piece> plain_delta(const mapping_table& left, const mapping_table& right) {
  std::set<pdata::thin_block> keys;
  for (const auto& [key, mapping] : left) keys.insert(key);
  for (const auto& [key, mapping] : right) keys.insert(key);
  std::vector<delta_piece> blocks;
  for (const auto key : keys) {
    const auto l = left.find(key);
    const auto r = right.find(key);
    if (r == right.end())
      blocks.push_back({difference::left_only, key, 1, l->second.block, 0});
    else if (l == left.end())
      blocks.push_back({difference::right_only, key, 1, 0, r->second.block});
    else
      blocks.push_back(
          {l->second.block == r->second.block ? difference::same : difference::different, key, 1,
           l->second.block, r->second.block});
  }
  return blocks;
}

TEST(delta_property, every_block_is_of_its_kind) {
  EXPECT_TRUE(rc::check([] {
    built_pool pool(*test_support::any_pool());
    for (const auto& [left, left_table] : pool.mappings) {
      for (const auto& [right, right_table] : pool.mappings) {
        const bool skip_same = *rc::gen::arbitrary<bool>();
        collecting_writer found;
        const delta_options options{
            .left = {.number = left}, .right = {.number = right}, .skip_same = skip_same};
        RC_ASSERT(find_delta(pool.reader, pool.layout, options, found, pool.damage));
        RC_ASSERT(found.complete);
        auto expected = plain_delta(left_table, right_table);
        if (skip_same)
          std::erase_if(expected, [](const auto& b) { return b.kind == difference::same; });
        RC_ASSERT(found.blocks == expected);
      }
    }
  }));
}

// Runs that arrive in pieces of any size on either side.
TEST(comparer, compares_what_both_sides_are_known_to) {
  std::vector<delta_piece> pieces;
  comparer compare(delta_detail::data_blocks,
                   [&](const delta_piece& piece) { pieces.push_back(piece); });
  const pdata::mapping_run left[] = {{0, 100, 10, 0}, {10, 110, 5, 1}};
  const pdata::mapping_run right[] = {{2, 102, 2, 7}, {4, 200, 3, 0}};
  compare.add_left(std::span(left).first(1));
  compare.left_known_to(10);
  compare.compare();
  EXPECT_TRUE(pieces.empty());
  compare.add_right(right);
  compare.right_known_to(std::nullopt);
  compare.add_left(std::span(left).last(1));
  compare.left_known_to(std::nullopt);
  compare.compare();
  compare.finish();
  EXPECT_EQ(pieces, (std::vector<delta_piece>{{difference::left_only, 0, 2, 100, 0},
                                              {difference::same, 2, 2, 102, 102},
                                              {difference::different, 4, 3, 104, 200},
                                              {difference::left_only, 7, 8, 107, 0}}));
}

TEST(comparer, joins_what_lies_apart_in_the_data_where_that_does_not_matter) {
  for (const auto detail : {delta_detail::virtual_blocks, delta_detail::data_blocks}) {
    std::vector<delta_piece> pieces;
    comparer compare(detail, [&](const delta_piece& piece) { pieces.push_back(piece); });
    const pdata::mapping_run left[] = {{0, 100, 2, 0}, {2, 300, 2, 0}, {5, 400, 1, 0}};
    compare.add_left(left);
    compare.finish();
    const auto joined = detail == delta_detail::virtual_blocks;
    EXPECT_EQ(pieces.size(), joined ? 2 : 3);
    EXPECT_EQ(pieces.front(), (delta_piece{difference::left_only, 0, joined ? 4U : 2U, 100, 0}));
    EXPECT_EQ(pieces.back(), (delta_piece{difference::left_only, 5, 1, 400, 0}));
  }
}

}  // namespace
}  // namespace thin_tools
