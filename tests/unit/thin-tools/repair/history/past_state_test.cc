#include "thin-tools/repair/history/past_state.h"

#include <gtest/gtest.h>

#include "persistent-data/format/checksum.h"
#include "tests/unit/support/commit_history.h"
#include "thin-tools/repair/history/root_choice.h"
#include "thin-tools/repair/output/plan_writer.h"
#include "thin-tools/repair/repair.h"

namespace thin_tools {
namespace {

using pdata::memory_device;
using pdata::metadata_block;
using test_support::commit_history;

pdata::superblock superblock_of(memory_device& image) {
  pdata::batch_reader reader(image, 1);
  return *read_superblock(reader, 0, image.nr_blocks());
}

std::optional<past_state> past_of(memory_device& image) {
  pdata::batch_reader reader(image, 1);
  const device_scan device(reader, image.nr_blocks());
  const auto map = superblock_of(image).metadata_space_map;
  const auto counts = pdata::stored_counts::load(reader, map.bitmap_root, image.nr_blocks());
  const auto present = present_by_counts(map.bitmap_root, image.nr_blocks(), counts);
  auto found = find_past_state(device, present);
  if (found &&
      !past_trees(reader, image.nr_blocks(), 100000, *found).believable(present, device.scan))
    return std::nullopt;
  return found;
}

void expect_is_past(memory_device& image, memory_device& before) {
  const auto past = past_of(image);
  const auto truth = superblock_of(before);
  ASSERT_TRUE(past);
  EXPECT_EQ(past->index, truth.metadata_space_map.bitmap_root);
  EXPECT_EQ(past->roots.mapping_root, truth.mapping_root);
  EXPECT_EQ(past->roots.details_root, truth.details_root);
}

void make_some_history(commit_history& history) {
  history.create_thin(1);
  history.commit();
  history.write(1, 0, 600, 3);
  history.commit();
  history.create_snap(2, 1);
  history.commit();
  for (std::uint64_t n = 0; n < 10; ++n) {
    history.write(1 + n % 2, n * 50, 7);
    history.commit();
  }
}

TEST(past_state, is_the_one_before_the_last_commit) {
  commit_history history;
  make_some_history(history);
  expect_is_past(history.image(0), history.image(1));
  expect_is_past(history.image(1), history.image(2));
}

TEST(past_state, is_found_by_a_transaction_that_went_around_the_device) {
  commit_history history(128);
  history.create_thin(1);
  history.commit();
  for (std::uint64_t n = 0; n < 60; ++n) {
    history.write(1, n * 5, 3);
    history.commit();
    if (n > 1) expect_is_past(history.image(0), history.image(1));
  }
}

TEST(past_state, is_never_another_one_after_opening_anew) {
  commit_history history(128);
  history.create_thin(1);
  history.commit();
  unsigned nr_found = 0;
  for (std::uint64_t n = 0; n < 90; ++n) {
    history.write(1, n * 5, 3);
    history.commit();
    if (n % 7 == 6) history.reopen();
    const auto past = past_of(history.image());
    if (!past) continue;
    ++nr_found;
    EXPECT_EQ(past->index, superblock_of(history.image(1)).metadata_space_map.bitmap_root);
  }
  EXPECT_GT(nr_found, 60U);
}

TEST(past_state, is_no_older_one_if_it_was_damaged) {
  commit_history history;
  make_some_history(history);
  const auto map = superblock_of(history.image(1)).metadata_space_map;
  for (const auto spoil : {map.bitmap_root, superblock_of(history.image(1)).mapping_root}) {
    auto image = history.image();
    image.at(spoil).bytes[100] ^= std::byte{1};
    EXPECT_FALSE(past_of(image)) << spoil;
    image.at(spoil) = {};
    EXPECT_FALSE(past_of(image)) << spoil;
  }
}

TEST(past_state, is_not_believed_after_a_transaction_that_never_ended) {
  commit_history history(128);
  history.create_thin(1);
  history.commit();
  for (std::uint64_t n = 0; n < 8; ++n) {
    history.write(1, n * 5, 3);
    history.commit();
  }
  const auto present = superblock_of(history.image());
  const auto before = superblock_of(history.image(1));
  // What is written where blocks are free is another leaf of the same device.
  auto image = history.image();
  pdata::batch_reader reader(image, 1);
  const auto root = read_top_level(reader, before.mapping_root, 128).roots.at(1);
  ASSERT_NE(root, read_top_level(reader, present.mapping_root, 128).roots.at(1));
  history.write(1, 1000, 1);
  history.commit();
  const auto younger = superblock_of(history.image());
  pdata::batch_reader later(history.image(), 1);
  const auto leaf = read_top_level(later, younger.mapping_root, 128).roots.at(1);
  image.at(root) = history.image().at(leaf);
  pdata::seal(image.at(root).span(), pdata::block_kind::btree_node, root);
  EXPECT_FALSE(past_of(image));
}

TEST(past_state, does_not_exist_where_everything_was_written_anew) {
  commit_history history;
  make_some_history(history);
  auto& image = history.image();
  pdata::batch_reader reader(image, 1);
  auto plan = make_repair_plan(reader, "image", {});
  auto result = image;
  write_plan(plan, reader, result);
  EXPECT_FALSE(past_of(result));
}

TEST(past_state, has_something_that_the_last_commit_left_as_it_was) {
  commit_history history;
  make_some_history(history);
  auto& image = history.image();
  pdata::batch_reader reader(image, 1);
  const device_scan device(reader, image.nr_blocks());
  const auto map = superblock_of(image).metadata_space_map;
  const auto before = superblock_of(history.image(1)).metadata_space_map;
  auto present =
      present_by_counts(map.bitmap_root, image.nr_blocks(),
                        pdata::stored_counts::load(reader, map.bitmap_root, image.nr_blocks()));
  EXPECT_TRUE(find_past_state(device, present));
  const auto past = pdata::stored_counts::load(reader, before.bitmap_root, image.nr_blocks());
  for (metadata_block b = 1; b < image.nr_blocks(); ++b)
    if (past.live(b)) present.live[b] = false;
  EXPECT_FALSE(find_past_state(device, present));
}

TEST(past_state, does_not_exist_where_nothing_was_committed_yet) {
  memory_device device(1024);
  (*pdata::pool_metadata::open(device, {.data_block_size = 128})).reset();
  EXPECT_FALSE(past_of(device));
}

}  // namespace
}  // namespace thin_tools
