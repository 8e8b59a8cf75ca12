// Images that the kernel's own metadata code (Linux 6.1) left for sequences of
// operations, compared in every byte by their SHA-256 after each step.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "persistent-data/engine/pool.h"
#include "tests/unit/support/image.h"

namespace pdata {
namespace {

using test_support::image_sha256;
using test_support::image_superblock;

// The superblock after a step, in the order: time, transaction id, held root,
// mapping root, details root, data map root, metadata map root.
struct expected_state {
  std::uint32_t time;
  std::uint64_t transaction_id;
  metadata_block held_root;
  metadata_block mapping_root;
  metadata_block details_root;
  space_map_root data_space_map;
  space_map_root metadata_space_map;
};

class golden_vectors : public testing::Test {
 protected:
  void format(metadata_block nr_blocks) {
    device_.resize(nr_blocks);
    auto opened = pool_metadata::open(device_, {.data_block_size = 128});
    ASSERT_TRUE(opened.ok());
    pool_ = std::move(*opened);
  }

  void ok(status outcome) { ASSERT_EQ(outcome.errno_value(), 0); }
  void commit() { ok(pool_->commit()); }
  void create_thin(device_id id) { ok(pool_->create_thin(id)); }
  void create_snap(device_id id, device_id origin) { ok(pool_->create_snap(id, origin)); }
  void open(device_id id) {
    auto opened = pool_->open_device(id);
    ASSERT_TRUE(opened.ok());
    open_[id] = *opened;
  }
  void close(device_id id) { pool_->close_device(open_.at(id)); }
  void remove(device_id id, thin_block begin, thin_block end) {
    ok(pool_->remove_range(open_.at(id), begin, end));
  }

  // As the thin target provisions and breaks sharing.
  void write(device_id id, thin_block block) {
    thin_device* const device = open_.at(id);
    const auto found = pool_->find_block(device, block);
    if (found.ok() && !found->shared) return;
    const auto data = pool_->alloc_data_block();
    ASSERT_TRUE(data.ok());
    ok(pool_->insert_block(device, block, *data));
  }
  void write(device_id id, thin_block begin, thin_block end) {
    for (thin_block block = begin; block < end; ++block) write(id, block);
  }
  void write_downwards(device_id id, thin_block begin, thin_block end) {
    for (thin_block block = end; block-- > begin;) write(id, block);
  }
  void scatter(device_id id, std::uint64_t nr, std::uint64_t factor, std::uint64_t modulus) {
    for (std::uint64_t i = 0; i < nr; ++i) write(id, i * factor % modulus);
  }

  void expect(const char* step, const expected_state& state, const char* sha256) {
    SCOPED_TRACE(std::string("step ") + step);
    const superblock sb = image_superblock(device_);
    EXPECT_EQ(sb.time, state.time);
    EXPECT_EQ(sb.transaction_id, state.transaction_id);
    EXPECT_EQ(sb.held_root, state.held_root);
    EXPECT_EQ(sb.mapping_root, state.mapping_root);
    EXPECT_EQ(sb.details_root, state.details_root);
    expect_map(sb.data_space_map, state.data_space_map);
    expect_map(sb.metadata_space_map, state.metadata_space_map);
    EXPECT_EQ(image_sha256(device_), sha256);
  }

  static void expect_map(const space_map_root& actual, const space_map_root& wanted) {
    EXPECT_EQ(actual.nr_blocks, wanted.nr_blocks);
    EXPECT_EQ(actual.nr_allocated, wanted.nr_allocated);
    EXPECT_EQ(actual.bitmap_root, wanted.bitmap_root);
    EXPECT_EQ(actual.ref_count_root, wanted.ref_count_root);
  }

  memory_device device_{0};
  std::unique_ptr<pool_metadata> pool_;
  std::map<device_id, thin_device*> open_;
};

TEST_F(golden_vectors, small_pool) {
  format(1024);
  expect("a", {0, 0, 0, 6, 7, {0, 0, 4, 5}, {1024, 8, 1, 2}},
         "ac7c2fb4727a5fa64cf6f57633b6bbd385c82a0f74fdc7f7d5d7f9b9022a7e8a");

  ok(pool_->resize_data(1000));
  commit();
  expect("b", {0, 0, 0, 6, 7, {1000, 0, 10, 5}, {1024, 9, 11, 2}},
         "518a8b3118a110d02f0f4dedf789b3ce6ce8b6183f50118c5f500c42431beb14");

  create_thin(0);
  commit();
  expect("c", {0, 0, 0, 14, 15, {1000, 0, 10, 5}, {1024, 10, 16, 2}},
         "c9c348444e6666bed3d66eaafb103177dd6253ef17b4169d7abef89ec6b4a4f7");

  open(0);
  write(0, 0, 10);
  commit();
  expect("d", {0, 0, 0, 19, 21, {1000, 10, 22, 5}, {1024, 10, 23, 2}},
         "117d901b6e976c5bb5cd7bb3fc51f532f542c4883a2114bfd3a783c1bd257a53");

  create_snap(1, 0);
  commit();
  expect("e", {1, 0, 0, 25, 26, {1000, 10, 22, 5}, {1024, 10, 27, 2}},
         "43de6491ebeebd28cd9a67de1ef86ebe25ab9ef57f971b22fcf77843b75d8f26");

  open(1);
  write(1, 0, 3);
  write(0, 5, 7);
  commit();
  expect("f", {1, 0, 0, 30, 33, {1000, 15, 34, 5}, {1024, 11, 35, 2}},
         "596be59069ff397ad75a1317e72646c04a098d570bc42eacf21d573c904c080a");

  remove(0, 2, 8);
  commit();
  expect("g", {1, 0, 0, 37, 40, {1000, 12, 41, 5}, {1024, 11, 42, 2}},
         "023c6d287cda96391e0fc29514c281a716073dbe297262a76ee773f1634dc542");

  ok(pool_->reserve_metadata_snapshot());
  commit();
  expect("h", {1, 0, 44, 37, 40, {1000, 12, 41, 5}, {1024, 12, 45, 2}},
         "eaa8a215834a4a77d06c11f5afc50252af382cf6bbd02268a8f2df16401dfaa6");

  write(0, 100, 111);
  commit();
  expect("i", {1, 0, 44, 48, 51, {1000, 23, 52, 50}, {1024, 15, 53, 2}},
         "3f0f7d8b4811adf4b9129de40b95df991445ac5a904b1b45bd09ce5f74af0b81");

  ok(pool_->release_metadata_snapshot());
  commit();
  expect("j", {1, 0, 0, 48, 51, {1000, 23, 57, 56}, {1024, 11, 58, 2}},
         "44e3a6a3d3d1d03c3d5d70612b1d0fe6e4d7ea7a9465164ed4cf999b260e48e2");

  close(1);
  ok(pool_->delete_device(1));
  commit();
  expect("k", {1, 0, 0, 61, 59, {1000, 15, 63, 56}, {1024, 10, 64, 2}},
         "a0ea99740a6f48dca827edf58d7e034c2f66b7d38601e1edf5caf20b8839ead6");
}

TEST_F(golden_vectors, overflow_counts_splits_and_merges) {
  format(6000);
  ok(pool_->resize_data(400000));
  commit();
  create_thin(0);
  commit();
  open(0);

  scatter(0, 70000, 7919, 100003);
  commit();
  expect("a", {0, 0, 0, 43, 370, {400000, 70000, 371, 5}, {6000, 355, 372, 2}},
         "948233cfb994e23e5be53977ff8dc6da92857a1e313149820b44da58bd001f27");

  create_snap(1, 0);
  commit();
  open(1);
  create_snap(2, 0);
  commit();
  open(2);
  create_snap(3, 1);
  commit();
  open(3);
  commit();
  expect("b", {3, 0, 0, 384, 385, {400000, 70000, 371, 5}, {6000, 355, 386, 383}},
         "cf9e14107a4b07cc261d68dc82d47db3d77f876d1e8bfd20fe00338289bc361e");

  scatter(1, 4000, 6007, 100003);
  commit();
  expect("c", {3, 0, 0, 389, 728, {400000, 74000, 729, 5}, {6000, 688, 730, 391}},
         "b90b18e29097eac93befe82a1bac03acc1e27804d19a90d45d62e5e8be221834");

  scatter(2, 4000, 6011, 100003);
  commit();
  expect("d", {3, 0, 0, 733, 1292, {400000, 78000, 1293, 740}, {6000, 1240, 1294, 735}},
         "aade7221e7ecae1a3b203b87adb4d5652fda0c289c528ba01a9487881f71596b");

  scatter(3, 4000, 6029, 100003);
  commit();
  expect("e", {3, 0, 0, 1297, 1864, {400000, 82000, 1865, 1303}, {6000, 1583, 1866, 735}},
         "70ffa3336fffe86694dcab58b5a781fab367ab13b8a2226773c5e5ca9e4460f3");

  remove(1, 20000, 21500);
  commit();
  expect("f", {3, 0, 0, 1868, 2115, {400000, 81939, 2116, 1876}, {6000, 1579, 2117, 735}},
         "b8c9385c3a4d199e55c2c4eee0095dd9d7972a4620848da1aed38bd176ade863");

  remove(2, 0, 100003);
  commit();
  expect("g", {3, 0, 0, 2119, 2691, {400000, 77939, 2692, 2127}, {6000, 1245, 2693, 735}},
         "e16e7f9669f17beb727996219dcd3d48dc6bff9185229dd150d8e30c099473fa");

  remove(0, 99000, 99010);
  commit();
  expect("h", {3, 0, 0, 2695, 2724, {400000, 77939, 2725, 2703}, {6000, 1245, 2726, 735}},
         "af938aa5d8ad45693ad382920a96814521e7da90f3f6446839c79154f7482554");

  close(3);
  ok(pool_->delete_device(3));
  commit();
  expect("i", {3, 0, 0, 2729, 2727, {400000, 73939, 2967, 2732}, {6000, 685, 2968, 735}},
         "b33668d3c377cb0b8bfe50179fe6538972ad78652aeb7f09fd9a3d75649c4657");

  ok(pool_->reserve_metadata_snapshot());
  commit();
  scatter(0, 2000, 9001, 100003);
  commit();
  expect("j", {3, 0, 2970, 2974, 3530, {400000, 75939, 3531, 2980}, {6000, 1237, 3532, 735}},
         "b602ddce5fe9b186fe64e7891c7d4cdfdd9a913facc90f97125f889c229940bf");

  ok(pool_->release_metadata_snapshot());
  commit();
  expect("k", {3, 0, 0, 2974, 3530, {400000, 75866, 3761, 3536}, {6000, 691, 3762, 735}},
         "487651e1f91e542a2bd316a8273653d06a76579a336104c3f53bfc8b0a41a1ba");
}

TEST_F(golden_vectors, growth_device_order_and_abort) {
  format(1024);
  ok(pool_->resize_data(2000000));
  commit();
  expect("a", {0, 0, 0, 6, 7, {2000000, 0, 74, 5}, {1024, 131, 133, 2}},
         "3b39113dc64eff37210fd9db00bca564c9852225c1e72527dee23ef76e6df9ca");

  create_thin(5);
  commit();
  create_thin(3);
  commit();
  open(3);
  open(5);
  write(5, 0, 20000);
  write(3, 7, 9);
  commit();
  expect("b", {0, 0, 0, 146, 231, {2000000, 20002, 232, 5}, {1024, 214, 233, 2}},
         "2fc12440e75fcfe820db33883bef862b9e184ee32de3a947aea4f573ce8908fb");

  remove(5, 1000, 3000);
  commit();
  expect("c", {0, 0, 0, 235, 248, {2000000, 18002, 249, 5}, {1024, 208, 250, 2}},
         "3833a6cbe41387df0d73dcd473d56a2267b047b72740063c46dc9fe0b38b0cd5");

  create_snap(9, 5);
  commit();
  expect("d", {1, 0, 0, 252, 253, {2000000, 18002, 249, 5}, {1024, 208, 254, 2}},
         "3e74a6de7636652f4f0809e9e727487a1b27a635ebc4b7d04b6a5c6b557d3362");

  write_downwards(3, 50000, 52000);
  ok(pool_->set_transaction_id(0, 7));
  commit();
  expect("e", {1, 7, 0, 257, 268, {2000000, 20002, 269, 5}, {1024, 217, 270, 2}},
         "00243184e868b6d5dd683a68d321bae90abd112c643cb29966fbe2f50a4e6c71");

  open(9);
  write(9, 500, 1500);
  remove(9, 19990, 20000);
  device_.resize(20000);
  ok(pool_->resize_metadata(20000));
  commit();
  expect("f", {1, 7, 0, 273, 1026, {2000000, 21002, 1027, 5}, {20000, 226, 1025, 2}},
         "eb7ee9aea57af08c176f11429a69b16bc8f970029e3a8968a3e4455558090250");

  write(5, 0, 100);
  ok(pool_->abort());
  expect("g", {1, 7, 0, 273, 1026, {2000000, 21002, 1027, 5}, {20000, 226, 1025, 2}},
         "02356aa5678d86106b25837b56d2fca1079d2b9508946e0618163eb7788eb5c4");

  write(5, 100, 200);
  commit();
  expect("h", {1, 7, 0, 4, 8, {2000000, 21102, 9, 5}, {20000, 227, 10, 2}},
         "a971c28cf7dc1c1ca2dc4f306cc2e5bdfd218f07ad192d1425878c80a7bf684c");
}

}  // namespace
}  // namespace pdata
