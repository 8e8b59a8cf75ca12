#include "persistent-data/transaction/block_cache.h"

#include <gtest/gtest.h>

#include <vector>

#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/superblock.h"
#include "persistent-data/io/memory_device.h"

namespace pdata {
namespace {

// Fails writes that touch one block; notes every write.
class bad_block_device : public block_device {
 public:
  explicit bad_block_device(memory_device& inner) : inner_(inner) {}

  metadata_block nr_blocks() const override { return inner_.nr_blocks(); }
  status read(metadata_block first, std::span<std::byte> to) override {
    ++nr_reads;
    return inner_.read(first, to);
  }
  status write(metadata_block first, std::span<const std::byte> from) override {
    const metadata_block end = first + from.size() / block_size;
    writes.emplace_back(first, end);
    if (bad >= first && bad < end) return status(EIO);
    return inner_.write(first, from);
  }
  status flush() override { return flush_outcome; }

  metadata_block bad = ~metadata_block{0};
  status flush_outcome;
  int nr_reads = 0;
  std::vector<std::pair<metadata_block, metadata_block>> writes;

 private:
  memory_device& inner_;
};

class block_cache_test : public testing::Test {
 protected:
  void put_leaf(metadata_block location, metadata_block claimed) {
    block_buffer& block = memory_.at(location);
    node_editor::format(block.span(), node_kind::leaf, 8, max_node_entries(8));
    seal(block.span(), block_kind::btree_node, claimed);
  }
  void change(metadata_block location, std::byte mark) {
    const auto block = cache_.zero(location, block_kind::bitmap);
    ASSERT_TRUE(block.ok());
    block->span()[100] = mark;
  }
  int read_errno(metadata_block location, block_kind kind) {
    return cache_.read(location, kind).errno_value();
  }

  memory_device memory_{32};
  bad_block_device device_{memory_};
  block_cache cache_{device_};
};

TEST_F(block_cache_test, lets_go_of_a_block_unless_it_is_dirty_or_held) {
  put_leaf(3, 3);
  {
    const auto held = cache_.read(3, block_kind::btree_node);
    cache_.let_go(3);
    EXPECT_EQ(read_errno(3, block_kind::btree_node), 0);
    EXPECT_EQ(device_.nr_reads, 1);
  }
  cache_.let_go(3);
  EXPECT_EQ(read_errno(3, block_kind::btree_node), 0);
  EXPECT_EQ(device_.nr_reads, 2);
  change(4, std::byte{7});
  cache_.let_go(4);
  ASSERT_TRUE(cache_.flush().ok());
  EXPECT_EQ(memory_.at(4).bytes[100], std::byte{7});
}

TEST_F(block_cache_test, keeps_what_a_node_was_parsed_to_while_it_is_clean) {
  put_leaf(3, 3);
  const auto nr_entries = [&] {
    const auto block = cache_.read(3, block_kind::btree_node);
    const node_view* const node = block.ok() ? block->parsed_node() : nullptr;
    return node != nullptr ? static_cast<int>(node->nr_entries()) : -1;
  };
  EXPECT_EQ(nr_entries(), 0);
  {
    const auto block = cache_.write(3, block_kind::btree_node);
    ASSERT_TRUE(block.ok());
    node_editor(block->span()).set_nr_entries(1);
  }
  EXPECT_EQ(nr_entries(), -1);
  ASSERT_TRUE(cache_.flush().ok());
  EXPECT_EQ(nr_entries(), 1);
  EXPECT_TRUE(cache_.zero(3, block_kind::btree_node).ok());
  EXPECT_EQ(nr_entries(), -1);
}

TEST_F(block_cache_test, checks_a_block_as_the_kernel_does) {
  put_leaf(1, 1);
  put_leaf(2, 3);
  put_leaf(4, 4);
  memory_.at(4).bytes[4000] = std::byte{1};
  put_leaf(5, 5);
  store_le<std::uint32_t>(memory_.at(5).span(), 16, 253);  // more entries than fit
  seal(memory_.at(5).span(), block_kind::btree_node, 5);
  seal(memory_.at(6).span(), block_kind::superblock, 6);  // without the magic number

  EXPECT_EQ(read_errno(1, block_kind::btree_node), 0);
  EXPECT_EQ(read_errno(1, block_kind::bitmap), EINVAL);  // is a node already
  EXPECT_EQ(read_errno(2, block_kind::btree_node), ENOTBLK);
  EXPECT_EQ(read_errno(3, block_kind::bitmap), ENOTBLK);  // zeroes
  EXPECT_EQ(read_errno(4, block_kind::btree_node), EILSEQ);
  EXPECT_EQ(read_errno(5, block_kind::btree_node), EILSEQ);
  EXPECT_EQ(read_errno(6, block_kind::superblock), EILSEQ);
  EXPECT_EQ(read_errno(32, block_kind::btree_node), EIO);
  EXPECT_EQ(read_errno(~metadata_block{0}, block_kind::btree_node), EIO);
}

TEST_F(block_cache_test, flush_joins_neighbours_in_ascending_order_and_seals_them) {
  for (const metadata_block location : {9, 3, 4, 20, 5}) change(location, std::byte{7});
  ASSERT_TRUE(cache_.flush().ok());
  const std::vector<std::pair<metadata_block, metadata_block>> wanted{{3, 6}, {9, 10}, {20, 21}};
  EXPECT_EQ(device_.writes, wanted);
  for (const metadata_block location : {3, 4, 5, 9, 20}) {
    EXPECT_EQ(identify(memory_.at(location).view()), block_kind::bitmap);
    EXPECT_EQ(stored_location(memory_.at(location).view()), location);
  }
  device_.writes.clear();
  ASSERT_TRUE(cache_.flush().ok());
  EXPECT_TRUE(device_.writes.empty());
}

TEST_F(block_cache_test, refuses_changes_while_read_only_but_reset_writes) {
  change(3, std::byte{7});
  cache_.set_read_only(true);
  EXPECT_EQ(cache_.zero(4, block_kind::bitmap).errno_value(), EPERM);
  EXPECT_EQ(cache_.write(3, block_kind::bitmap).errno_value(), EPERM);
  EXPECT_EQ(cache_.flush().errno_value(), EPERM);
  EXPECT_EQ(read_errno(3, block_kind::bitmap), 0);
  cache_.reset();
  EXPECT_EQ(memory_.at(3).bytes[100], std::byte{7});
}

TEST_F(block_cache_test, a_bad_block_fails_the_flush_and_spoils_only_itself) {
  for (const metadata_block location : {3, 4, 5}) change(location, std::byte{7});
  device_.bad = 4;
  EXPECT_EQ(cache_.flush().errno_value(), EIO);
  EXPECT_EQ(memory_.at(3).bytes[100], std::byte{7});
  EXPECT_EQ(memory_.at(4).bytes[100], std::byte{0});
  EXPECT_EQ(memory_.at(5).bytes[100], std::byte{7});
  EXPECT_TRUE(cache_.flush().ok()) << "reported once, and not written again";
  // In memory up to its next use, then gone.
  EXPECT_EQ(read_errno(4, block_kind::bitmap), 0);
  EXPECT_EQ(read_errno(4, block_kind::bitmap), ENOTBLK);
}

TEST_F(block_cache_test, a_block_that_is_written_in_the_end_stays) {
  change(4, std::byte{7});
  device_.bad = 4;
  EXPECT_EQ(cache_.flush().errno_value(), EIO);
  device_.bad = ~metadata_block{0};
  change(4, std::byte{8});
  ASSERT_TRUE(cache_.flush().ok());
  device_.nr_reads = 0;
  EXPECT_EQ(read_errno(4, block_kind::bitmap), 0);
  EXPECT_EQ(read_errno(4, block_kind::bitmap), 0);
  EXPECT_EQ(device_.nr_reads, 0);
}

TEST(block_cache, writes_a_mebibyte_at_once_at_most) {
  memory_device memory(600);
  bad_block_device device(memory);
  block_cache cache(device);
  for (metadata_block b = 1; b < 600; ++b) ASSERT_TRUE(cache.zero(b, block_kind::bitmap).ok());
  ASSERT_TRUE(cache.flush().ok());
  const std::vector<std::pair<metadata_block, metadata_block>> wanted{
      {1, 257}, {257, 513}, {513, 600}};
  EXPECT_EQ(device.writes, wanted);
}

TEST_F(block_cache_test, a_failed_write_of_a_reset_is_reported_by_the_next_flush) {
  change(4, std::byte{7});
  device_.bad = 4;
  cache_.reset();
  EXPECT_EQ(cache_.flush().errno_value(), EIO);
  EXPECT_TRUE(cache_.flush().ok());
}

TEST_F(block_cache_test, a_failed_flush_of_the_device_is_reported) {
  device_.flush_outcome = status(EIO);
  EXPECT_EQ(cache_.flush().errno_value(), EIO);
}

}  // namespace
}  // namespace pdata
