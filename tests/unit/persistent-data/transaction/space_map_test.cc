// The space maps on their own: cursor, free counts, overflow, queue, threshold.
#include <gtest/gtest.h>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/io/memory_device.h"
#include "persistent-data/transaction/data_space_map.h"
#include "persistent-data/transaction/metadata_space_map.h"
#include "persistent-data/transaction/transaction_manager.h"

namespace pdata {
namespace {

class space_map_test : public testing::Test {
 protected:
  space_map_test() {
    manager_.attach(metadata_);
    EXPECT_TRUE(metadata_.create(0, device_.nr_blocks()).ok());
    EXPECT_TRUE(data_.create(100).ok());
  }

  std::uint32_t count(std::uint64_t block) { return *data_.count(block); }
  void commit() {
    ASSERT_TRUE(data_.commit().ok());
    ASSERT_TRUE(manager_.pre_commit().ok());
    auto superblock = cache_.zero(0, block_kind::superblock);
    ASSERT_TRUE(superblock.ok());
    ASSERT_TRUE(manager_.commit(std::move(*superblock)).ok());
  }

  memory_device device_{200};
  block_cache cache_{device_};
  transaction_manager manager_{cache_};
  metadata_space_map metadata_{manager_};
  data_space_map data_{manager_};
};

TEST_F(space_map_test, a_block_freed_in_this_transaction_is_free_but_not_allocated) {
  for (std::uint64_t i = 0; i < 100; ++i) ASSERT_EQ(*data_.new_block(), i);
  commit();
  EXPECT_EQ(data_.nr_free(), 0U);
  ASSERT_TRUE(data_.dec(7, 8).ok());
  EXPECT_EQ(data_.nr_free(), 1U);
  EXPECT_EQ(data_.new_block().errno_value(), ENOSPC);
  commit();
  EXPECT_EQ(*data_.new_block(), 7U);
}

TEST_F(space_map_test, the_cursor_goes_on_behind_a_commit) {
  ASSERT_EQ(*data_.new_block(), 0U);
  ASSERT_EQ(*data_.new_block(), 1U);
  ASSERT_TRUE(data_.dec(0, 1).ok());
  commit();
  EXPECT_EQ(*data_.new_block(), 2U);
}

TEST_F(space_map_test, counts_of_three_and_more_go_to_the_overflow_tree_and_back) {
  for (std::uint32_t i = 1; i <= 6; ++i) {
    ASSERT_TRUE(data_.inc(10, 20).ok());
    EXPECT_EQ(count(10), i);
    EXPECT_EQ(count(19), i);
    EXPECT_EQ(count(20), 0U);
  }
  for (std::uint32_t i = 6; i-- > 0;) {
    ASSERT_TRUE(data_.dec(10, 20).ok());
    EXPECT_EQ(count(15), i);
  }
  EXPECT_EQ(data_.dec(10, 11).errno_value(), EINVAL);
  EXPECT_EQ(data_.count(100).errno_value(), EINVAL);
}

TEST_F(space_map_test, a_new_size_of_the_data_map_is_seen_after_the_commit) {
  ASSERT_TRUE(data_.extend(50).ok());
  EXPECT_EQ(data_.nr_blocks(), 100U);
  commit();
  EXPECT_EQ(data_.nr_blocks(), 150U);
  EXPECT_EQ(data_.extend(~std::uint64_t{0}).errno_value(), EINVAL);
}

TEST_F(space_map_test, a_new_size_of_the_metadata_map_is_seen_at_once) {
  device_.resize(400);
  ASSERT_TRUE(metadata_.extend(200).ok());
  EXPECT_EQ(metadata_.nr_blocks(), 400U);
  EXPECT_EQ(metadata_.extend(max_metadata_blocks).errno_value(), EINVAL);
  EXPECT_EQ(metadata_.nr_blocks(), 400U);
}

TEST_F(space_map_test, every_metadata_block_is_handed_out_once) {
  const std::uint64_t nr_free = metadata_.nr_free();
  std::vector<bool> seen(to_size(device_.nr_blocks()));
  std::uint64_t nr_taken = 0;
  for (auto block = metadata_.new_block(); block.ok(); block = metadata_.new_block(), ++nr_taken) {
    ASSERT_FALSE(seen.at(to_size(*block)));
    seen[to_size(*block)] = true;
    EXPECT_EQ(*metadata_.count(*block), 1U);
    EXPECT_FALSE(*metadata_.count_is_more_than_one(*block));
  }
  EXPECT_GE(nr_free, nr_taken);
  EXPECT_LE(nr_free - nr_taken, 3U);  // the map's own copies
}

TEST_F(space_map_test, a_shared_metadata_block_is_more_than_one) {
  const auto block = *metadata_.new_block();
  ASSERT_TRUE(metadata_.inc(block, block + 1).ok());
  EXPECT_EQ(*metadata_.count(block), 2U);
  EXPECT_TRUE(*metadata_.count_is_more_than_one(block));
}

TEST_F(space_map_test, the_threshold_fires_once_on_the_way_down) {
  int calls = 0;
  metadata_.set_threshold(metadata_.nr_free() - 5, [&calls] { ++calls; });
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(metadata_.new_block().ok());
  EXPECT_EQ(calls, 0);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(metadata_.new_block().ok());
  EXPECT_EQ(calls, 1);
}

TEST(pending_counts, hold_a_limited_number) {
  pending_counts pending;
  for (std::size_t i = 0; i < pending_counts::max_pending; ++i)
    ASSERT_TRUE(
        pending.push({i % 4 != 0 ? block_op_type::inc : block_op_type::dec, i, i + 2}).ok());
  EXPECT_EQ(pending.push({block_op_type::inc, 0, 1}).errno_value(), ENOMEM);
  EXPECT_EQ(pending.net(4), 0);  // -1 by itself, +1 from its predecessor
  EXPECT_EQ(pending.net(2), 2);
}

}  // namespace
}  // namespace pdata
