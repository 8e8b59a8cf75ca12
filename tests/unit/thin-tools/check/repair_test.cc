// What a repair writes, and what a crash in the middle of it leaves.
#include <gtest/gtest.h>

#include <random>

#include "persistent-data/base/error.h"
#include "tests/unit/support/damaged_image.h"
#include "tests/unit/support/image.h"
#include "tests/unit/support/journal_device.h"
#include "tests/unit/support/kernel_images.h"
#include "tests/unit/support/pool_audit.h"
#include "tests/unit/support/pool_script.h"
#include "thin-tools/check/check.h"

namespace {

using namespace pdata;
using namespace test_support;
using thin_tools::check;
using thin_tools::check_depth;
using thin_tools::check_options;
using thin_tools::repair_scope;
using thin_tools::verdict;

constexpr auto metadata = space_map_kind::metadata;
constexpr auto data = space_map_kind::data;
const check_options repairing{.repair = repair_scope::leaks_and_flag};

// Leaks of all sizes, in both maps, one of them in the overflow tree.
damaged_image leaking_image() {
  damaged_image image("mixed-0");
  for (const auto kind : {metadata, data}) {
    image.set_count(kind, image.block_with_count(kind, 1), 2);
    for (std::uint32_t stored : {1, 2})
      image.set_count(kind, image.block_with_count(kind, 0), stored);
  }
  image.set_count(data, 16383, 1);  // in the second bitmap
  const auto leaf = image.leaves(image.superblock().data_space_map.ref_count_root).front();
  image.edit(leaf).set_value_u32(0, 1000);
  image.reseal(leaf, block_kind::btree_node);
  return image;
}

// A count of three and more for a block that has fewer references.
void overcount_in_overflow_tree(damaged_image& image) {
  const auto leaf = image.leaves(image.superblock().data_space_map.ref_count_root).front();
  auto node = image.edit(leaf);
  std::uint64_t block = node.key(node.nr_entries() / 2);  // above those that leak already
  while (image.count(data, block) != 1 || image.node(leaf).find(block)) ++block;
  const std::array<std::byte, 4> four{std::byte{4}};
  node.insert_at(static_cast<std::uint32_t>(image.node(leaf).lower_bound(block) + 1), block, four);
  image.reseal(leaf, block_kind::btree_node);
  image.set_count(data, block, 3);
}

TEST(repair, gives_all_leaked_blocks_back) {
  auto image = leaking_image();
  overcount_in_overflow_tree(image);
  image.set_superblock("flags", flag_needs_check);
  const auto before = check(image.device(), "image", {});
  EXPECT_EQ(before.outcome(), verdict::leaks);
  EXPECT_EQ(before.leaked_metadata_blocks, 3u);
  EXPECT_EQ(before.leaked_data_blocks, 6u);

  const auto report = check(image.device(), "image", repairing);
  EXPECT_TRUE(report.counts_repaired);
  EXPECT_TRUE(report.flag_cleared);
  EXPECT_LE(report.outcome(), verdict::tolerable);
  const auto after = check(image.device(), "image", {});
  EXPECT_EQ(after.outcome(), verdict::healthy) << after.findings.size();
  EXPECT_EQ(after.metadata_free_blocks, report.metadata_free_blocks);
  EXPECT_NO_THROW(audit_pool(image.device()));
}

// The least count that has a place in the overflow tree.
TEST(repair, a_block_with_three_references_keeps_its_count) {
  std::size_t nr_tried = 0;
  for (const auto& name : kernel_image_names()) {
    damaged_image image(name);
    const auto leaf = image.leaves(image.superblock().data_space_map.ref_count_root).front();
    const auto node = image.node(leaf);
    for (std::uint32_t i = 0; i < node.nr_entries(); ++i) {
      if (node.value_u32(i) != count_in_overflow) continue;
      image.edit(leaf).set_value_u32(i, 5);
      image.reseal(leaf, block_kind::btree_node);
      EXPECT_TRUE(check(image.device(), name, repairing).counts_repaired) << name;
      EXPECT_LE(check(image.device(), name, {}).outcome(), verdict::tolerable) << name;
      ++nr_tried;
      break;
    }
  }
  EXPECT_GT(nr_tried, 0u);
}

// What the repairs of other tools leave: bitmaps that are right, and counts in index and root
// that hide free blocks from the kernel.
TEST(repair, gives_back_what_index_and_root_hide) {
  for (const auto kind : {metadata, data}) {
    damaged_image image("mixed-0");
    const auto healthy = check(image.device(), "image", {});
    image.set_index_entry(kind, 0, "nr_free", 0);
    image.set_index_entry(kind, 0, "none_free_before", entries_per_bitmap);
    const auto* const field = kind == metadata ? "metadata_space_map_root.nr_allocated"
                                               : "data_space_map_root.nr_allocated";
    image.set_superblock(field, kind == metadata ? 2048 : 16384);
    EXPECT_EQ(check(image.device(), "image", {}).nr_leaks, 3u);
    EXPECT_TRUE(check(image.device(), "image", repairing).counts_repaired);
    const auto after = check(image.device(), "image", {});
    EXPECT_EQ(after.outcome(), verdict::healthy);
    EXPECT_EQ(after.metadata_free_blocks, healthy.metadata_free_blocks);
    EXPECT_NO_THROW(audit_pool(image.device()));
  }
}

// What the last commits wrote is in the second bitmap, and the free blocks are in the first one.
TEST(repair, counts_blocks_of_all_bitmaps_that_it_takes_and_leaves) {
  memory_device device(entries_per_bitmap + 4000);
  {
    pool_script pool(device, 100'000);
    ASSERT_TRUE(pool.run({pool_op::create_thin, 0, 0, 0, 0}).ok());
    for (std::uint64_t i = 0; superblock::load(device.at(0).view()).metadata_space_map.bitmap_root <
                              entries_per_bitmap + 20;
         ++i) {
      ASSERT_LT(i, 100'000u);
      ASSERT_TRUE(pool.run({pool_op::write_ascending, 0, i, 1, 0}).ok());
      ASSERT_TRUE(pool.run({pool_op::commit, 0, 0, 0, 0}).ok());
    }
    ASSERT_TRUE(pool.run({pool_op::leak_data, 0, 0, 0, 0}).ok());
    ASSERT_TRUE(pool.run({pool_op::commit, 0, 0, 0, 0}).ok());
  }
  ASSERT_EQ(check(device, "pool", {}).outcome(), verdict::leaks);
  EXPECT_TRUE(check(device, "pool", repairing).counts_repaired);
  EXPECT_LT(superblock::load(device.at(0).view()).metadata_space_map.bitmap_root,
            entries_per_bitmap);
  EXPECT_EQ(check(device, "pool", {}).outcome(), verdict::healthy);
  EXPECT_NO_THROW(audit_pool(device));
}

TEST(repair, leaves_healthy_metadata_alone) {
  for (const auto& name : kernel_image_names()) {
    journal_device device(load_kernel_image(name));
    EXPECT_LE(check(device, name, repairing).outcome(), verdict::tolerable) << name;
    EXPECT_EQ(device.nr_writes(), 0u) << name;
  }
}

TEST(repair, of_the_flag_changes_the_flag_and_the_checksum_only) {
  for (const auto depth :
       {check_depth::superblock, check_depth::devices, check_depth::everything}) {
    damaged_image image("mixed-0");
    const auto healthy = image.device();
    image.set_superblock("flags", flag_needs_check);
    const auto report =
        check(image.device(), "image", {.depth = depth, .repair = repair_scope::leaks_and_flag});
    EXPECT_TRUE(report.flag_cleared);
    EXPECT_EQ(image_sha256(image.device()), image_sha256(healthy));
  }
}

TEST(repair, keeps_the_bytes_of_the_superblock_that_are_not_its_own) {
  auto image = leaking_image();
  auto& block = image.device().at(0);
  block.bytes[20] = std::byte{77};   // uuid
  block.bytes[100] = std::byte{78};  // behind the root of the data space map
  block.bytes[352] = std::byte{79};  // compat_flags
  block.bytes[900] = std::byte{80};  // junk
  image.reseal(0, block_kind::superblock);
  const auto before = image.device().at(0);
  check(image.device(), "image", repairing);
  const auto& after = image.device().at(0);
  for (std::size_t i = 4; i < block_size; ++i) {
    const bool space_map_root = (i >= 64 && i < 96) || (i >= 192 && i < 224);
    EXPECT_TRUE(space_map_root || before.bytes[i] == after.bytes[i]) << i;
  }
}

TEST(repair, writes_nothing_where_something_is_lost) {
  auto image = leaking_image();
  image.set_superblock("flags", flag_needs_check);
  image.set_count(data, image.block_with_count(data, 2), 1);
  journal_device device(image.device());
  const auto report = check(device, "image", repairing);
  EXPECT_EQ(report.outcome(), verdict::damaged);
  EXPECT_FALSE(report.counts_repaired);
  EXPECT_EQ(device.nr_writes(), 0u);
}

TEST(repair, needs_no_free_block_where_there_are_leaked_ones) {
  damaged_image image("mixed-0");
  const auto blocks = image.superblock().metadata_space_map.nr_blocks;
  for (std::uint64_t b = 0; b < blocks; ++b)
    if (image.count(metadata, b) == 0) image.set_count(metadata, b, 1);
  EXPECT_EQ(check(image.device(), "image", {}).metadata_free_blocks, 0u);
  check(image.device(), "image", repairing);
  EXPECT_EQ(check(image.device(), "image", {}).outcome(), verdict::healthy);
  EXPECT_NO_THROW(audit_pool(image.device()));
}

TEST(repair, that_crashes_leaves_the_old_maps_or_the_new_ones) {
  auto image = leaking_image();
  image.set_superblock("flags", flag_needs_check);
  const auto leaked = check(image.device(), "image", {});
  journal_device device(image.device());
  check(device, "image", repairing);
  ASSERT_EQ(device.nr_flushes(), 2u);
  std::mt19937 random(7);
  for (std::size_t flushes = 0; flushes <= device.nr_flushes(); ++flushes) {
    for (int trial = 0; trial < 20; ++trial) {
      auto crashed = device.after_crash(flushes, [&] { return random() % 2 == 0; });
      const auto report = check(crashed, "image", {});
      if (report.needs_check()) {
        EXPECT_EQ(report.findings, leaked.findings);
      } else {
        EXPECT_EQ(report.outcome(), verdict::healthy);
      }
      EXPECT_TRUE(flushes < 2 || !report.needs_check());
    }
  }
}

TEST(repair, that_cannot_write_is_an_error_and_changes_nothing_in_use) {
  auto image = leaking_image();
  const auto leaked = check(image.device(), "image", {});
  journal_device whole(image.device());
  check(whole, "image", repairing);
  for (std::size_t n = 0; n < whole.nr_writes(); ++n) {
    journal_device device(image.device());
    device.fail_at_write = n;
    EXPECT_THROW(check(device, "image", repairing), error);
    EXPECT_EQ(check(device.now(), "image", {}).findings, leaked.findings);
  }
}

}  // namespace
