// Single operations of a pool, at their bounds.
#include "persistent-data/engine/pool.h"

#include <gtest/gtest.h>

#include <array>

#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/node_editor.h"
#include "persistent-data/io/memory_device.h"
#include "tests/unit/support/pool_image.h"

namespace pdata {
namespace {

class pool_test : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = pool_metadata::open(device_, {.data_block_size = 128});
    ASSERT_TRUE(opened.ok());
    pool_ = std::move(*opened);
    ASSERT_TRUE(pool_->resize_data(nr_data_blocks_).ok());
    ASSERT_TRUE(pool_->create_thin(1).ok());
    ASSERT_TRUE(pool_->commit().ok());
  }

  // Maps [begin, end) to new data blocks.
  void provision(thin_device* thin, thin_block begin, thin_block end) {
    for (auto b = begin; b < end; ++b) {
      const auto data = pool_->alloc_data_block();
      ASSERT_TRUE(data.ok());
      ASSERT_TRUE(pool_->insert_block(thin, b, *data).ok());
    }
  }

  std::uint64_t nr_data_blocks_ = 8;
  memory_device device_{64};
  std::unique_ptr<pool_metadata> pool_;
};

TEST_F(pool_test, a_device_that_is_open_is_not_deleted) {
  const auto thin = pool_->open_device(1);
  ASSERT_TRUE(thin.ok());
  EXPECT_EQ(pool_->delete_device(1).errno_value(), EBUSY);
  pool_->close_device(*thin);
  EXPECT_TRUE(pool_->delete_device(1).ok());
}

TEST_F(pool_test, a_range_ends_where_sharing_does) {
  const auto thin = pool_->open_device(1);
  ASSERT_TRUE(thin.ok());
  provision(*thin, 0, 3);
  ASSERT_TRUE(pool_->commit().ok());
  ASSERT_TRUE(pool_->create_snap(2, 1).ok());
  provision(*thin, 3, 5);
  const auto shared = pool_->find_mapped_range(*thin, 0, 8);
  ASSERT_TRUE(shared.ok());
  EXPECT_EQ(shared->end, 3U);
  EXPECT_TRUE(shared->shared);
  const auto own = pool_->find_mapped_range(*thin, 3, 8);
  ASSERT_TRUE(own.ok());
  EXPECT_EQ(own->end, 5U);
  EXPECT_EQ(own->first, shared->first + 3) << "they would be one range but for the snapshot";
  EXPECT_FALSE(own->shared);
  pool_->close_device(*thin);
}

// Of the committed map nothing is asked about blocks that it does not have.
TEST_F(pool_test, the_first_block_of_what_was_added_can_be_given_out_at_once) {
  const auto thin = pool_->open_device(1);
  ASSERT_TRUE(thin.ok());
  provision(*thin, 0, nr_data_blocks_);
  ASSERT_TRUE(pool_->commit().ok());
  EXPECT_EQ(pool_->alloc_data_block().errno_value(), ENOSPC);
  ASSERT_TRUE(pool_->resize_data(nr_data_blocks_ + 4).ok());
  const auto added = pool_->alloc_data_block();
  ASSERT_TRUE(added.ok());
  EXPECT_EQ(*added, nr_data_blocks_);
  pool_->close_device(*thin);
}

// As the kernel: what the index says is believed (Linux 6.1 dm-space-map-common.c,
// sm_ll_find_free_block).
TEST_F(pool_test, a_bitmap_of_which_the_index_says_that_it_is_full_is_not_looked_at) {
  pool_.reset();
  const auto index = test_support::read_pool_image(device_).superblock.data_space_map.bitmap_root;
  block_buffer& block = device_.at(index);
  node_editor node(block.span());
  ASSERT_EQ(node.nr_entries(), 1U);
  auto entry = index_entry::load(node.value(0));
  ASSERT_NE(entry.nr_free, 0U);
  entry.nr_free = 0;
  std::array<std::byte, index_entry::bytes> value{};
  entry.store(value);
  node.set_value(0, value);
  seal(block.span(), block_kind::btree_node, index);
  auto opened = pool_metadata::open(device_, {.data_block_size = 128});
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ((*opened)->alloc_data_block().errno_value(), ENOSPC);
}

}  // namespace
}  // namespace pdata
