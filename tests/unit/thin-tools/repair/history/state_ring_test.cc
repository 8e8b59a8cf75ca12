#include "thin-tools/repair/history/state_ring.h"

#include <gtest/gtest.h>

#include "tests/unit/support/commit_history.h"
#include "tests/unit/support/kernel_images.h"
#include "thin-tools/repair/history/root_choice.h"

namespace thin_tools {
namespace {

using pdata::memory_device;
using pdata::metadata_block;
using test_support::commit_history;

metadata_block index_of(memory_device& image) {
  pdata::batch_reader reader(image, 1);
  return read_superblock(reader, 0, image.nr_blocks())->metadata_space_map.bitmap_root;
}

newest_generations newest_of(memory_device& image) {
  pdata::batch_reader reader(image, 1);
  const device_scan device(reader, image.nr_blocks());
  return find_newest_generations(device);
}

void expect_found(memory_device image) {
  const auto truth = index_of(image);
  image.at(0) = {};
  const auto newest = newest_of(image);
  ASSERT_FALSE(newest.candidates.empty());
  EXPECT_EQ(newest.candidates.front().index, truth);
  EXPECT_FALSE(newest.younger_damaged);
}

TEST(state_ring, finds_the_last_state_of_every_kernel_image) {
  for (const auto& name : test_support::kernel_image_names()) {
    SCOPED_TRACE(name);
    expect_found(test_support::load_kernel_image(name));
  }
}

TEST(state_ring, finds_the_last_state_after_each_commit) {
  commit_history history;
  history.create_thin(1);
  history.commit();
  for (std::uint64_t n = 0; n < 20; ++n) {
    history.write(1, n * 50, 40);
    history.commit();
    expect_found(history.image());
  }
}

TEST(state_ring, says_that_a_younger_one_may_be_where_damage_is) {
  commit_history history;
  history.create_thin(1);
  history.commit();
  for (std::uint64_t n = 0; n < 5; ++n) {
    history.write(1, n * 50, 40);
    history.commit();
  }
  auto image = history.image();
  const auto truth = index_of(image);
  image.at(truth).bytes[100] ^= std::byte{1};
  image.at(0) = {};
  EXPECT_TRUE(newest_of(image).younger_damaged);
}

TEST(state_ring, sees_the_commits_after_an_old_superblock) {
  commit_history history;
  history.create_thin(1);
  history.commit();
  history.write(1, 0, 40);
  history.commit();
  auto before = history.image();
  for (std::uint64_t n = 1; n < 4; ++n) {
    history.write(1, n * 50, 40);
    history.commit();
  }
  auto image = history.image();
  const auto old = index_of(before);
  pdata::batch_reader reader(image, 1);
  EXPECT_TRUE(may_have_later_states(reader, image.nr_blocks(), old));
  EXPECT_FALSE(may_have_later_states(reader, image.nr_blocks(), index_of(image)));
  const device_scan device(reader, image.nr_blocks());
  const auto later = find_later_states(device, old);
  ASSERT_TRUE(later.last);
  EXPECT_EQ(later.last->index, index_of(image));
  // The old state is whole, and none of its blocks is in use: one step, which proves nothing.
  EXPECT_EQ(later.nr_steps, 1U);
  EXPECT_FALSE(find_later_states(device, index_of(image)).last);
}

}  // namespace
}  // namespace thin_tools
