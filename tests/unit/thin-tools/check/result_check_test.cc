// Times of new metadata that would make the kernel write into shared blocks are raised.
#include "thin-tools/check/result_check.h"

#include <gtest/gtest.h>

#include "persistent-data/base/error.h"
#include "persistent-data/io/batch_reader.h"
#include "persistent-data/survey/small_trees.h"
#include "tests/unit/support/damaged_image.h"

namespace {

using namespace test_support;
using thin_tools::check;
using thin_tools::check_result;

pdata::details_table details_of(damaged_image& image) {
  pdata::batch_reader reader(image.device(), 1);
  return pdata::read_details(reader, image.superblock().details_root, image.device().nr_blocks());
}

TEST(result_check, changes_nothing_that_is_sound) {
  damaged_image image("snapshots");
  const auto before = image.device();
  const auto checked = check_result(image.device(), "image");
  EXPECT_EQ(checked.changes(), "");
  for (pdata::metadata_block b = 0; b < before.nr_blocks(); ++b)
    ASSERT_EQ(image.device().at(b).bytes, before.at(b).bytes) << b;
}

TEST(result_check, raises_snapshot_times_of_devices_that_share) {
  for (const auto& [id, unused] :
       details_of(*std::make_unique<damaged_image>("snapshots")).devices) {
    damaged_image image("snapshots");
    const auto before = details_of(image);
    image.set_details(id, "snapshotted_time", 0);
    const bool unsafe = check(image.device(), "image", {}).nr_fatal != 0;
    const auto checked = check_result(image.device(), "image");
    EXPECT_EQ(checked.report.nr_fatal, 0u);
    EXPECT_EQ(checked.changes().empty(), !unsafe);
    if (!unsafe) continue;
    ASSERT_EQ(checked.raised.size(), 1u) << id;
    EXPECT_EQ(checked.raised.front().device, id);
    EXPECT_EQ(checked.raised.front().from, 0u);
    // As much as its mappings need, and no more than it was.
    EXPECT_GT(checked.raised.front().to, 0u);
    EXPECT_LE(checked.raised.front().to, before.devices.at(id).snapshotted_time);
    EXPECT_EQ(check(image.device(), "image", {}).nr_fatal, 0u);
  }
}

TEST(result_check, raises_all_times_that_are_gone) {
  damaged_image image("snapshots");
  const auto before = details_of(image);
  for (const auto& [id, unused] : before.devices) image.set_details(id, "snapshotted_time", 0);
  ASSERT_NE(check(image.device(), "image", {}).nr_fatal, 0u);
  const auto checked = check_result(image.device(), "image");
  EXPECT_FALSE(checked.raised.empty());
  EXPECT_EQ(check(image.device(), "image", {}).nr_fatal, 0u);
}

TEST(result_check, raises_a_pool_time_that_mappings_are_ahead_of) {
  damaged_image image("snapshots");
  const auto time = image.superblock().time;
  ASSERT_GT(time, 0u);
  image.set_superblock("time", 0);
  const auto checked = check_result(image.device(), "image");
  EXPECT_EQ(checked.report.nr_fatal, 0u);
  EXPECT_NE(checked.raised_pool_time, 0u);
  EXPECT_LE(checked.raised_pool_time, time);
  EXPECT_NE(checked.changes(), "");
}

TEST(result_check, leaves_nothing_that_is_damaged_otherwise) {
  damaged_image image("snapshots");
  image.device().at(image.superblock().details_root) = {};
  EXPECT_THROW(std::ignore = check_result(image.device(), "image"), pdata::error);
  EXPECT_NE(image.superblock().magic, pdata::superblock_magic);
}

TEST(result_check, names_what_is_fatal_and_not_what_comes_first) {
  damaged_image image("snapshots");
  image.device().at(image.superblock().details_root) = {};
  image.device().at(0).bytes[pdata::superblock::bytes_used] = std::byte{1};
  image.reseal(0, pdata::block_kind::superblock);
  try {
    std::ignore = check_result(image.device(), "image");
    FAIL() << "it passed";
  } catch (const pdata::error& e) {
    EXPECT_EQ(std::string(e.what()).find("junk"), std::string::npos) << e.what();
    EXPECT_NE(std::string(e.what()).find("device details tree"), std::string::npos) << e.what();
  }
}

}  // namespace
