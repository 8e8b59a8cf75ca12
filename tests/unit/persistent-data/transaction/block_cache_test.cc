#include "persistent-data/transaction/block_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/node_editor.h"
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

TEST_F(block_cache_test, takes_over_a_block_unless_it_is_held_or_dirty) {
  put_leaf(3, 3);
  memory_.at(3).bytes[4000] = std::byte{7};
  seal(memory_.at(3).span(), block_kind::btree_node, 3);
  const auto take_over = [&](metadata_block to, metadata_block from) {
    const auto block = cache_.take_over(to, block_kind::btree_node, from);
    ASSERT_TRUE(block.ok());
    EXPECT_EQ(block->view()[4000], std::byte{7});
    block->span()[4001] = static_cast<std::byte>(to.value());
  };
  {
    const auto held = cache_.read(3, block_kind::btree_node);
    take_over(5, 3);
    EXPECT_EQ(held->view()[4001], std::byte{0});
  }
  EXPECT_EQ(read_errno(3, block_kind::btree_node), 0);
  EXPECT_EQ(device_.nr_reads, 1) << "was held and is still there";
  take_over(6, 3);
  EXPECT_EQ(read_errno(3, block_kind::btree_node), 0);
  EXPECT_EQ(device_.nr_reads, 2);
  take_over(7, 6);  // not written yet
  ASSERT_TRUE(cache_.flush().ok());
  for (const metadata_block to : {5, 6, 7}) {
    EXPECT_EQ(memory_.at(to).bytes[4001], static_cast<std::byte>(to.value()));
    EXPECT_EQ(stored_location(memory_.at(to).view()), to);
  }
  EXPECT_EQ(memory_.at(3).bytes[4001], std::byte{0});
}

// What lies at the new place is held, too: whoever holds it sees what is there now.
TEST_F(block_cache_test, takes_over_a_block_to_a_place_that_is_held) {
  put_leaf(3, 3);
  put_leaf(4, 4);
  memory_.at(3).bytes[4000] = std::byte{7};
  seal(memory_.at(3).span(), block_kind::btree_node, 3);
  const auto held = cache_.read(4, block_kind::btree_node);
  const block_view seen = held->view();
  ASSERT_TRUE(cache_.take_over(4, block_kind::btree_node, 3).ok());
  EXPECT_EQ(seen[4000], std::byte{7});
}

// As damaged metadata have it, which refer to a block that is free.
TEST_F(block_cache_test, a_block_may_take_itself_over) {
  put_leaf(3, 3);
  memory_.at(3).bytes[4000] = std::byte{7};
  seal(memory_.at(3).span(), block_kind::btree_node, 3);
  const auto block = cache_.take_over(3, block_kind::btree_node, 3);
  ASSERT_TRUE(block.ok());
  EXPECT_EQ(block->view()[4000], std::byte{7});
}

// Seals when it is asked for a block.
class lazy_device : public bad_block_device, public unsealed_blocks {
 public:
  using bad_block_device::bad_block_device;
  bool takes_unsealed() const override { return takes; }
  status write_unsealed(const unsealed_block& block) override {
    if (block.location == bad) return status(EIO);
    likes.emplace_back(block.location, block.like);
    block_buffer copy;
    std::ranges::copy(block.bytes, copy.bytes.begin());
    seal(copy.span(), block.kind, block.location);
    return bad_block_device::write(block.location, copy.view());
  }

  bool may_be_late() const override { return late; }
  void note_late(std::size_t nr_blocks) override { nr_late += nr_blocks; }
  void store_late(const unsealed_block& block) override { EXPECT_TRUE(write_unsealed(block).ok()); }

  bool takes = true;
  bool late = false;
  std::size_t nr_late = 0;
  std::vector<std::pair<metadata_block, metadata_block>> likes;
};

TEST_F(block_cache_test, leaves_sealing_to_a_device_that_takes_unsealed_blocks) {
  lazy_device device(memory_);
  block_cache cache(device);
  put_leaf(3, 3);
  const auto make = [&](metadata_block location, std::byte mark) {
    const auto block = cache.zero(location, block_kind::bitmap);
    ASSERT_TRUE(block.ok());
    block->span()[100] = mark;
  };
  make(9, std::byte{1});
  ASSERT_TRUE(cache.take_over(5, block_kind::btree_node, 3).ok());
  ASSERT_TRUE(cache.flush().ok());
  const std::vector<std::pair<metadata_block, metadata_block>> likes{{9, 9}, {5, 3}};
  EXPECT_EQ(device.likes, likes);
  EXPECT_EQ(identify(memory_.at(9).view()), block_kind::bitmap);
  EXPECT_EQ(stored_location(memory_.at(5).view()), 5U);
  // From one that takes none for a time, and one that fails.
  device.takes = false;
  make(10, std::byte{2});
  ASSERT_TRUE(cache.flush().ok());
  EXPECT_EQ(identify(memory_.at(10).view()), block_kind::bitmap);
  EXPECT_EQ(device.likes, likes);
  device.takes = true;
  device.bad = 11;
  make(11, std::byte{3});
  EXPECT_EQ(cache.flush().errno_value(), EIO);
  EXPECT_TRUE(cache.flush().ok());
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
  cache_.set_read_only();
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

class late_block_cache_test : public block_cache_test {
 protected:
  late_block_cache_test() {
    lazy_.late = true;
    for (const metadata_block location : {3, 4}) put_leaf(location, location);
  }
  void take_over(metadata_block to, metadata_block from) {
    const auto block = late_.take_over(to, block_kind::btree_node, from);
    ASSERT_TRUE(block.ok());
    block->span()[4000] = static_cast<std::byte>(to.value());
  }
  std::byte mark_on_device(metadata_block location) { return memory_.at(location).bytes[4000]; }

  lazy_device lazy_{memory_};
  block_cache late_{lazy_};
};

TEST_F(late_block_cache_test, a_version_that_was_taken_over_never_comes_to_the_device) {
  take_over(5, 3);
  ASSERT_TRUE(late_.flush().ok());
  late_.drop_taken_over();
  take_over(6, 5);
  ASSERT_TRUE(late_.flush().ok());
  EXPECT_TRUE(lazy_.writes.empty());
  EXPECT_EQ(lazy_.nr_late, 2U);
  late_.drop_taken_over();
  late_.reset();
  EXPECT_EQ(mark_on_device(5), std::byte{0});
  EXPECT_EQ(mark_on_device(6), std::byte{6});
  EXPECT_EQ(identify(memory_.at(6).view()), block_kind::btree_node);
  EXPECT_EQ(stored_location(memory_.at(6).view()), 6U);
  EXPECT_EQ(lazy_.writes.size(), 1U);
}

// Whoever gives up a transaction reads what there was before.
TEST_F(late_block_cache_test, what_was_taken_over_is_there_until_the_transaction_is_durable) {
  take_over(5, 3);
  ASSERT_TRUE(late_.flush().ok());
  late_.drop_taken_over();
  take_over(6, 5);
  late_.reset();
  EXPECT_EQ(mark_on_device(5), std::byte{5});
  EXPECT_EQ(mark_on_device(6), std::byte{6}) << "dirty blocks are written by a reset";
}

TEST_F(late_block_cache_test, the_device_gets_what_it_is_owed) {
  take_over(5, 3);
  ASSERT_TRUE(late_.flush().ok());
  late_.pay_all();
  EXPECT_EQ(mark_on_device(5), std::byte{5});
  late_.pay_all();
  EXPECT_EQ(lazy_.writes.size(), 1U);
  // Changed where it is, and owed again.
  {
    const auto block = late_.write(5, block_kind::btree_node);
    ASSERT_TRUE(block.ok());
    block->span()[4000] = std::byte{77};
  }
  ASSERT_TRUE(late_.flush().ok());
  EXPECT_EQ(mark_on_device(5), std::byte{5});
  late_.reset();
  EXPECT_EQ(mark_on_device(5), std::byte{77});
}

TEST(block_cache, what_leaves_a_cache_of_late_blocks_comes_to_the_device) {
  constexpr metadata_block nr_blocks = 10000;
  memory_device memory(nr_blocks);
  lazy_device device(memory);
  device.late = true;
  block_cache cache(device);
  for (metadata_block b = 0; b < nr_blocks; ++b) {
    ASSERT_TRUE(cache.zero(b, block_kind::bitmap).ok());
    ASSERT_TRUE(b % 100 != 99 || cache.flush().ok());
  }
  EXPECT_FALSE(device.writes.empty());
  for (metadata_block b = 0; b < nr_blocks; ++b)
    EXPECT_TRUE(cache.read(b, block_kind::bitmap).ok()) << b;
}

}  // namespace
}  // namespace pdata
