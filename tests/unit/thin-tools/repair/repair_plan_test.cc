// Whole repairs of the kernel's images. What the damage campaign counts by the
// thousand is shown here one by one.
#include "thin-tools/repair/repair.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "persistent-data/base/error.h"
#include "persistent-data/format/checksum.h"
#include "tests/unit/support/commit_history.h"
#include "tests/unit/support/kernel_images.h"
#include "thin-tools/check/check.h"
#include "thin-tools/repair/history/root_choice.h"
#include "thin-tools/repair/output/plan_writer.h"
#include "thin-tools/repair/scan/small_trees.h"

namespace thin_tools {
namespace {

using pdata::memory_device;
using pdata::metadata_block;

struct patient {
  explicit patient(const std::string& name)
      : image(test_support::load_kernel_image(name)), pool(superblock_of(image)) {}

  static pdata::superblock superblock_of(memory_device& from) {
    pdata::batch_reader reader(from, 1);
    return *read_superblock(reader, 0, from.nr_blocks());
  }

  void destroy(metadata_block location) { image.at(location).bytes[100] ^= std::byte{1}; }
  void change_superblock(const pdata::superblock& to) {
    to.store(image.at(0).span());
    pdata::seal(image.at(0).span(), pdata::block_kind::superblock, 0);
  }

  // Wipes what the pool does not use: older states.
  void forget_the_past() {
    pdata::batch_reader reader(image, 1);
    const auto counts =
        pdata::stored_counts::load(reader, pool.metadata_space_map.bitmap_root, image.nr_blocks());
    for (metadata_block b = 0; b < image.nr_blocks(); ++b)
      if (!counts.live(b)) image.at(b) = {};
  }

  repair_plan plan(const repair_options& options = {}) {
    pdata::batch_reader reader(image, 1);
    return make_repair_plan(reader, "image", options);
  }

  memory_device image;
  pdata::superblock pool;
};

std::vector<std::pair<pdata::device_id, std::uint64_t>> mapped(const repair_plan& plan) {
  std::vector<std::pair<pdata::device_id, std::uint64_t>> all;
  for (const auto& device : plan.devices) all.emplace_back(device.id, device.nr_kept());
  return all;
}

TEST(repair_plan, copies_sound_metadata_in_no_more_blocks) {
  for (const auto& name : test_support::kernel_image_names()) {
    patient p(name);
    pdata::batch_reader reader(p.image, 1);
    auto plan = make_repair_plan(reader, name, {});
    EXPECT_FALSE(plan.lost_something()) << name;
    EXPECT_LE(blocks_needed(plan, reader, p.image.nr_blocks()),
              p.pool.metadata_space_map.nr_allocated)
        << name;
    memory_device result(p.image.nr_blocks());
    write_plan(plan, reader, result);
    EXPECT_EQ(check(result, name, {}).outcome(), verdict::healthy) << name;
    EXPECT_EQ(mapped(plan), mapped(make_repair_plan(reader, name, {}))) << name;
  }
}

TEST(repair_plan, needs_only_the_data_block_size_without_a_superblock) {
  patient p("snapshots");
  const auto before = p.plan();
  p.image.at(0) = {};
  EXPECT_THROW(p.plan(), pdata::error);
  const auto plan = p.plan({.data_block_size = 128});
  EXPECT_EQ(mapped(plan), mapped(before));
  EXPECT_EQ(plan.superblock.time, before.superblock.time);
  EXPECT_EQ(plan.superblock.transaction_id, 1);  // above the newest that is left
  EXPECT_FALSE(plan.lost_something());
}

TEST(repair_plan, prefers_the_copy_of_a_metadata_snapshot_to_asking) {
  patient p("metadata-snapshot");
  const auto before = p.plan();
  p.destroy(0);
  EXPECT_EQ(p.plan().superblock.data_block_size, p.pool.data_block_size);
  EXPECT_EQ(mapped(p.plan()), mapped(before));
}

TEST(repair_plan, overrules_a_root_that_cannot_be_one) {
  patient p("snapshots");
  const auto before = p.plan();
  auto lying = p.pool;
  lying.mapping_root = p.pool.details_root;
  p.change_superblock(lying);
  const auto plan = p.plan();
  EXPECT_EQ(mapped(plan), mapped(before));
  EXPECT_EQ(plan.superblock.time, p.pool.time);
}

TEST(repair_plan, rebuilds_details_so_that_every_block_counts_as_shared) {
  patient p("snapshots");
  p.forget_the_past();
  const auto before = p.plan();
  p.destroy(p.pool.details_root);
  const auto plan = p.plan();
  EXPECT_EQ(mapped(plan), mapped(before));
  EXPECT_GT(plan.superblock.time, plan.leaves->newest_time());
  EXPECT_GE(plan.superblock.time, p.pool.time);
  for (const auto& device : plan.devices) {
    EXPECT_EQ(device.details.snapshotted_time, plan.superblock.time);
    EXPECT_FALSE(device.guesses.empty());
  }
}

TEST(repair_plan, finds_the_trees_that_the_top_level_named) {
  patient p("snapshots");
  const auto before = p.plan();
  p.destroy(p.pool.mapping_root);
  EXPECT_EQ(mapped(p.plan()), mapped(before));
}

TEST(repair_plan, finds_the_children_of_a_root) {
  patient p("sequential");
  const auto before = p.plan();
  pdata::batch_reader reader(p.image, 1);
  const auto top = read_top_level(reader, p.pool.mapping_root, p.image.nr_blocks());
  p.destroy(top.roots.begin()->second);
  const auto plan = p.plan();
  EXPECT_EQ(mapped(plan), mapped(before));
  EXPECT_EQ(plan.devices.front().nr_regained, before.devices.front().nr_kept());
}

TEST(repair_plan, never_makes_an_empty_pool_of_lost_trees) {
  patient p("snapshots");
  p.forget_the_past();
  p.destroy(p.pool.mapping_root);
  p.destroy(p.pool.details_root);
  EXPECT_THROW(p.plan(), pdata::error);
}

// No kernel creates two devices in one commit: the older state, without any, is all that the
// premises leave.
TEST(repair_plan, takes_no_pool_without_mappings_for_the_younger_one) {
  test_support::commit_history pool;
  pool.create_thin(1);
  pool.create_thin(2);
  pool.write(1, 0, 2000);
  pool.commit();
  pdata::batch_reader reader(pool.image(), 1);
  const auto plan = make_repair_plan(reader, "image", {});
  EXPECT_EQ(mapped(plan),
            (std::vector<std::pair<pdata::device_id, std::uint64_t>>{{1, 2000}, {2, 0}}));
  ASSERT_EQ(plan.guesses.size(), 1u);
  EXPECT_NE(plan.guesses.front().find("which maps nothing"), std::string::npos);
}

TEST(repair_plan, takes_the_roots_that_the_user_chooses) {
  patient p("metadata-snapshot");
  pdata::batch_reader reader(p.image, 1);
  const auto held = *read_superblock(reader, p.pool.held_root, p.image.nr_blocks());
  const auto plan = p.plan({.mapping_root = held.mapping_root, .details_root = held.details_root});
  const auto details = read_details(reader, held.details_root, p.image.nr_blocks());
  ASSERT_EQ(plan.devices.size(), details.devices.size());
  for (const auto& device : plan.devices)
    EXPECT_EQ(device.nr_kept(), details.devices.at(device.id).mapped_blocks);
}

TEST(repair_plan, refuses_to_cut_off_mapped_blocks) {
  patient p("snapshots");
  EXPECT_THROW(p.plan({.nr_data_blocks = 1}), pdata::error);
  EXPECT_EQ(p.plan({.nr_data_blocks = 1000000}).superblock.nr_data_blocks, 1000000);
}

}  // namespace
}  // namespace thin_tools
