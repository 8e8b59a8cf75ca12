// Whole repairs of pools that lost what names their trees.
#include "thin-tools/repair/owners/device_lineage.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "persistent-data/base/error.h"
#include "tests/unit/support/commit_history.h"
#include "tests/unit/thin-tools/repair/repaired_pool.h"
#include "thin-tools/check/check.h"
#include "thin-tools/repair/history/root_choice.h"

namespace thin_tools {
namespace {

using pdata::memory_device;
using test_support::commit_history;
using test_support::read_pool_image;

void lose(memory_device& image, bool top_level, bool details) {
  const auto pool = read_pool_image(image).superblock;
  if (top_level) image.at(pool.mapping_root).bytes[200] ^= std::byte{4};
  if (details) image.at(pool.details_root).bytes[200] ^= std::byte{4};
}

bool mentions(const std::vector<std::string>& texts, std::string_view what) {
  return std::ranges::any_of(texts, [&](const auto& text) { return text.find(what) != text.npos; });
}

// Two devices of two levels, one that is a snapshot of the first, one of one leaf.
void make_devices(commit_history& history) {
  for (const pdata::device_id id : {1, 2, 4}) {
    history.create_thin(id);
    history.commit();
  }
  history.write(1, 0, 600, 2);
  history.commit();
  history.write(2, 0, 700, 3);
  history.write(4, 5, 20);
  history.commit();
  history.create_snap(3, 1);
  history.commit();
  // What was mapped after the last snapshot tells the pool's time.
  history.write(1, 1, 10, 2);
  history.commit();
}

TEST(device_lineage, names_all_trees_without_top_level_and_details) {
  commit_history history;
  make_devices(history);
  history.write(1, 3, 5);    // a tree of two levels changes
  history.write(4, 100, 3);  // and one of a single leaf
  history.commit();
  const auto truth = read_pool_image(history.image());
  for (const bool details : {false, true}) {
    auto image = history.image();
    lose(image, true, details);
    const auto found = repair(image);
    EXPECT_EQ(found.result.devices, truth.devices);
    EXPECT_EQ(found.result.details, truth.details);
    EXPECT_EQ(found.result.superblock.time, truth.superblock.time);
    EXPECT_FALSE(found.plan.lost_something());
    for (const auto& device : found.plan.devices) EXPECT_FALSE(device.guesses.empty());
  }
}

TEST(device_lineage, remembers_details_that_alone_were_lost) {
  commit_history history;
  make_devices(history);
  history.discard(2, 300, 900);
  history.commit();
  const auto truth = read_pool_image(history.image());
  auto image = history.image();
  lose(image, false, true);
  const auto found = repair(image);
  EXPECT_EQ(found.result.devices, truth.devices);
  EXPECT_EQ(found.result.details, truth.details);
}

TEST(device_lineage, reports_a_tree_whose_device_the_last_commit_created) {
  commit_history history;
  make_devices(history);
  history.create_thin(9);
  history.write(9, 0, 30);
  history.commit();
  auto truth = read_pool_image(history.image());
  auto image = history.image();
  lose(image, true, true);
  const auto found = repair(image);
  truth.devices.erase(9);
  EXPECT_EQ(found.result.devices, truth.devices);
  EXPECT_TRUE(found.plan.lost_something());
  EXPECT_TRUE(mentions(found.plan.losses, "with 30 mappings: the name of its device"));
}

TEST(device_lineage, knows_which_tree_is_new_by_the_details) {
  commit_history history;
  make_devices(history);
  history.create_snap(9, 2);
  history.write(9, 0, 30);
  history.write(2, 7, 20);
  history.commit();
  const auto truth = read_pool_image(history.image());
  auto image = history.image();
  lose(image, true, false);
  EXPECT_EQ(repair(image).result.devices, truth.devices);
}

TEST(device_lineage, brings_back_no_deleted_device) {
  commit_history history;
  make_devices(history);
  history.remove(2);
  history.commit();
  const auto truth = read_pool_image(history.image());
  auto image = history.image();
  lose(image, true, true);
  const auto found = repair(image);
  EXPECT_EQ(found.result.devices, truth.devices);
  EXPECT_FALSE(found.plan.lost_something());
  EXPECT_TRUE(mentions(found.plan.notes, "Device 2 was deleted by the last commit."));
}

// Either may have been deleted: they had the same tree.
TEST(device_lineage, does_not_choose_between_a_device_and_its_unchanged_snapshot) {
  commit_history history;
  make_devices(history);
  history.create_snap(5, 2);
  history.commit();
  history.remove(2);
  history.commit();
  auto truth = read_pool_image(history.image());
  auto image = history.image();
  lose(image, true, true);
  const auto found = repair(image);
  truth.devices.erase(5);
  EXPECT_EQ(found.result.devices, truth.devices);
  EXPECT_TRUE(mentions(found.plan.losses, "with 700 mappings"));
  EXPECT_EQ(found.plan.lost_devices.size(), 2U);
}

TEST(device_lineage, does_not_choose_which_of_two_equals_was_written_to) {
  commit_history history;
  make_devices(history);
  history.create_snap(5, 2);
  history.commit();
  history.write(5, 1, 1);
  history.commit();
  auto truth = read_pool_image(history.image());
  auto image = history.image();
  lose(image, true, true);
  const auto found = repair(image);
  truth.devices.erase(5);
  truth.devices.erase(2);
  EXPECT_EQ(found.result.devices, truth.devices);
}

TEST(device_lineage, is_careful_where_trees_are_damaged_too) {
  commit_history history;
  make_devices(history);
  history.write(1, 3, 5);
  history.commit();
  const auto truth = read_pool_image(history.image());
  auto image = history.image();
  pdata::batch_reader reader(image, 1);
  const auto top = read_top_level(reader, truth.superblock.mapping_root, image.nr_blocks());
  image.at(top.roots.at(1)).bytes[300] ^= std::byte{1};
  lose(image, true, true);
  const auto found = repair(image);
  for (const auto& [id, mappings] : found.result.devices)
    EXPECT_EQ(mappings, truth.devices.at(id)) << id;
  EXPECT_TRUE(found.result.devices.contains(2));
  EXPECT_TRUE(found.plan.lost_something());
}

}  // namespace
}  // namespace thin_tools
