#include "sim/replay/proven_parts.h"

#include <gtest/gtest.h>

namespace sim::replay {
namespace {

constexpr sector block = 128;

class ProvenParts : public testing::Test {
 protected:
  // As a verification: what is proven of the first leaf and of the second.
  std::pair<bool, bool> verify(
      const written_map& wanted,
      const std::vector<std::pair<pdata::thin_block, pdata::data_block>>& mappings) {
    parts.begin_device(mappings);
    wanted.visit_leaves(
        [&](const written_map::leaf_pointer& leaf, sector first) { parts.add_leaf(leaf, first); });
    const std::pair proven{parts.is_proven(0, 8), parts.is_proven(second, 8)};
    parts.end_device();
    return proven;
  }

  static constexpr sector second = written_map::leaf_sectors;
  static constexpr pdata::thin_block second_block = second / block;
  proven_parts parts{block};
  written_map must;

  void SetUp() override {
    must.put(0, 8, 1);
    must.put(second, 8, 2);
  }
};

const std::pair all{true, true};

TEST_F(ProvenParts, TakesNothingForProvenAtFirst) {
  EXPECT_EQ(verify(must, {{0, 7}, {second_block, 8}}), std::pair(false, false));
  EXPECT_EQ(verify(must, {{0, 7}, {second_block, 8}}), all);
}

TEST_F(ProvenParts, SharesProofsWithSnapshots) {
  const written_map snapshot = must;
  verify(snapshot, {{0, 7}, {second_block, 8}});
  must.put(16, 8, 3);
  EXPECT_EQ(verify(must, {{0, 7}, {second_block, 8}}), std::pair(false, true));
  EXPECT_EQ(verify(snapshot, {{0, 7}, {second_block, 8}}), all);
}

TEST_F(ProvenParts, ReadsAgainWhatIsMappedElsewhere) {
  verify(must, {{0, 7}, {second_block, 8}});
  EXPECT_EQ(verify(must, {{0, 9}, {second_block, 8}}), std::pair(false, true));
  EXPECT_EQ(verify(must, {{0, 9}}), std::pair(true, false));
}

TEST_F(ProvenParts, ReadsAgainWhatWasWrittenOnTheDataDevice) {
  verify(must, {{0, 7}, {second_block, 8}});
  parts.watch().write_began(8 * block + 100, 1, content::stamped(9, 0));
  EXPECT_EQ(verify(must, {{0, 7}, {second_block, 8}}), std::pair(true, false));
  EXPECT_EQ(verify(must, {{0, 7}, {second_block, 8}}), all);
  parts.watch().discard_began(7 * block, block);
  EXPECT_EQ(verify(must, {{0, 7}, {second_block, 8}}), std::pair(false, true));
}

TEST_F(ProvenParts, ForgetsAll) {
  verify(must, {{0, 7}, {second_block, 8}});
  parts.forget_all();
  EXPECT_EQ(verify(must, {{0, 7}, {second_block, 8}}), std::pair(false, false));
}

// A block of 8 MiB has four leaves, all of them mapped by it.
TEST(ProvenPartsOfLargeBlocks, KnowWhereEachLeafLies) {
  proven_parts parts(4 * written_map::leaf_sectors);
  written_map must;
  must.put(written_map::leaf_sectors, 2 * written_map::leaf_sectors, 1);
  const auto verify = [&](pdata::data_block at) {
    const std::vector<proven_parts::mapping> mappings{{0, at}};
    parts.begin_device(mappings);
    must.visit_leaves(
        [&](const written_map::leaf_pointer& leaf, sector first) { parts.add_leaf(leaf, first); });
    const bool proven = parts.is_proven(written_map::leaf_sectors, 2 * written_map::leaf_sectors);
    parts.end_device();
    return proven;
  };
  EXPECT_FALSE(verify(3));
  EXPECT_TRUE(verify(3));
  EXPECT_FALSE(verify(4));
}

}  // namespace
}  // namespace sim::replay
