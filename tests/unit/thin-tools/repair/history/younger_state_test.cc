#include "thin-tools/repair/history/younger_state.h"

#include <gtest/gtest.h>

#include "tests/unit/support/commit_history.h"
#include "tests/unit/support/kernel_images.h"
#include "thin-tools/repair/history/root_choice.h"
#include "thin-tools/repair/repair.h"

namespace thin_tools {
namespace {

using test_support::commit_history;

std::optional<root_pair> younger_in(pdata::memory_device& image) {
  pdata::batch_reader reader(image, 1);
  return find_younger_state(reader, *read_superblock(reader, 0, image.nr_blocks()));
}

TEST(younger_state, is_seen_behind_an_old_superblock) {
  commit_history history;
  history.create_thin(1);
  history.commit();
  history.write(1, 0, 40);
  history.commit();
  const auto old = history.image().at(0);
  history.create_snap(2, 1);
  history.commit();
  history.write(1, 100, 5);
  history.commit();
  EXPECT_FALSE(younger_in(history.image()));

  auto image = history.image();
  image.at(0) = old;
  const auto found = younger_in(image);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->nr_devices, 2u);
  EXPECT_EQ(found->newest_time, 1u);
  pdata::batch_reader reader(history.image(), 1);
  const auto last = *read_superblock(reader, 0, image.nr_blocks());
  EXPECT_EQ(found->mapping_root, last.mapping_root);
  EXPECT_EQ(found->details_root, last.details_root);

  // What is left of it is no state.
  image.at(last.details_root) = {};
  const auto other = younger_in(image);
  EXPECT_TRUE(!other || other->details_root != last.details_root);
}

// Where the metadata grew the next commits stand far behind.
TEST(younger_state, is_seen_wherever_it_stands_by_who_reads_the_whole_device) {
  commit_history history;
  history.create_thin(1);
  history.commit();
  history.write(1, 0, 40);
  history.grow_metadata(3000);
  const auto old = history.image().at(0);
  history.create_snap(2, 1);
  history.commit();
  auto image = history.image();
  image.at(0) = old;
  pdata::batch_reader reader(image, 1);
  const device_scan device(reader, image.nr_blocks());
  const auto own = *read_superblock(reader, 0, image.nr_blocks());
  const auto found = find_younger_state(device, own);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->nr_devices, 2u);

  const auto plan = make_repair_plan(reader, "image", {});
  EXPECT_FALSE(plan.account_closed());
}

TEST(younger_state, is_none_of_a_pool_that_was_there_before) {
  commit_history former;
  for (pdata::device_id id = 1; id < 6; ++id) {
    former.create_thin(id);
    former.commit();
    former.write(id, 0, 300);
    former.commit();
    former.create_snap(id + 10, id);
    former.commit();
  }
  commit_history anew;
  anew.create_thin(1);
  anew.commit();
  anew.write(1, 1000, 280);
  anew.commit();
  auto image = former.image();
  auto& now = anew.image();
  for (pdata::metadata_block b = 0; b < image.nr_blocks(); ++b)
    if (!std::ranges::all_of(now.at(b).bytes, [](auto byte) { return byte == std::byte{0}; }))
      image.at(b) = now.at(b);
  EXPECT_FALSE(younger_in(image));
}

TEST(younger_state, is_on_no_image_of_a_kernel) {
  for (const auto& name : test_support::kernel_image_names()) {
    auto image = test_support::load_kernel_image(name);
    EXPECT_FALSE(younger_in(image)) << name;
  }
}

}  // namespace
}  // namespace thin_tools
