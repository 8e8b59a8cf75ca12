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
  EXPECT_TRUE(may_have_other_states(reader, image.nr_blocks(), old));
  const device_scan device(reader, image.nr_blocks());
  const auto later = find_later_states(device, old);
  ASSERT_TRUE(later.last);
  EXPECT_EQ(later.last->index, index_of(image));
  // The old state is whole, and none of its blocks is in use: one step, which proves nothing.
  EXPECT_EQ(later.nr_steps, 1U);
  EXPECT_FALSE(find_later_states(device, index_of(image)).last);
}

TEST(state_ring, sees_at_a_glance_whether_there_are_others) {
  commit_history history;
  history.create_thin(1);
  history.commit();
  auto image = history.image();
  const auto own = index_of(image);
  pdata::batch_reader reader(image, 1);
  EXPECT_TRUE(may_have_other_states(reader, image.nr_blocks(), own));
  for (const auto index : device_scan(reader, image.nr_blocks()).indices)
    if (index != own) image.at(index) = {};
  EXPECT_FALSE(may_have_other_states(reader, image.nr_blocks(), own));
}

later_states later_of(memory_device& image) {
  pdata::batch_reader reader(image, 1);
  const device_scan device(reader, image.nr_blocks());
  return find_later_states(device, index_of(image));
}

// What two machines wrote that had the same pool open.
struct two_machines {
  commit_history first;
  commit_history second;
  memory_device both = memory_device(1024);

  two_machines() {
    for (auto* machine : {&first, &second}) {
      machine->create_thin(1);
      machine->commit();
      for (std::uint64_t n = 0; n < 8; ++n) {
        machine->write(1, n * 300, 250, 1);
        machine->commit();
      }
    }
    const auto before = second.image();
    for (std::uint64_t n = 0; n < 8; ++n) {
      first.write(1, n * 300 + 260, 20);
      first.commit();
    }
    second.reopen();
    second.write(1, 5000, 1);
    second.commit();
    both = first.image();
    for (metadata_block b = 0; b < both.nr_blocks(); ++b)
      if (second.image().at(b).bytes != before.at(b).bytes) both.at(b) = second.image().at(b);
  }
};

TEST(state_ring, tells_that_two_machines_had_the_pool_in_use) {
  two_machines pool;
  EXPECT_TRUE(later_of(pool.both).other_branch);
  pdata::batch_reader reader(pool.both, 1);
  EXPECT_FALSE(later_of(pool.first.image()).other_branch);
  EXPECT_FALSE(later_of(pool.second.image()).other_branch);
}

TEST(state_ring, takes_no_superblock_whose_blocks_a_younger_whole_state_has_taken) {
  commit_history history;
  history.create_thin(1);
  history.commit();
  for (std::uint64_t n = 0; n < 6; ++n) {
    history.write(1, n * 300, 250);
    history.commit();
  }
  const auto before = history.image();
  history.reopen();  // blocks are taken from the start again
  for (std::uint64_t n = 0; n < 6; ++n) {
    history.write(1, n * 300 + 260, 20);
    history.commit();
  }
  auto image = history.image();
  const auto truth = index_of(image);
  image.at(0) = before.at(0);
  const auto later = later_of(image);
  ASSERT_TRUE(later.last);
  EXPECT_EQ(later.last->index, truth);
  EXPECT_TRUE(later.overtaken || later.written_over || later.nr_steps > 1 || later.both_whole);
}

// The end of what was added was never written, and behind it the device begins again.
TEST(state_ring, takes_the_unwritten_end_of_metadata_that_grew_for_no_damage) {
  commit_history history;
  history.create_thin(1);
  history.commit();
  history.write(1, 0, 1000);
  history.commit();
  history.reopen();  // the first blocks are nodes now
  for (std::uint64_t n = 0; n < 6; ++n) {
    history.write(1, 2000 + n * 100, 100);
    history.commit();
  }
  history.grow_metadata(1100);
  for (std::uint64_t n = 0; n < 5; ++n) {
    history.write(1, 4000 + n * 100, 100);
    history.commit();
  }
  ASSERT_GT(index_of(history.image()), 1024u);
  expect_found(history.image());
}

TEST(state_ring, goes_on_where_the_metadata_grew) {
  commit_history history;
  history.create_thin(1);
  history.commit();
  // Up to some block, and from the start again: what stands above is of an older pass.
  for (std::uint64_t n = 0; n < 30; ++n) {
    history.write(1, n * 300, 250);
    history.commit();
  }
  history.reopen();
  for (std::uint64_t n = 0; n < 4; ++n) {
    history.write(1, n * 300 + 260, 10);
    history.commit();
  }
  history.grow_metadata(1280);
  for (std::uint64_t n = 4; n < 8; ++n) {
    history.write(1, n * 300 + 260, 10);
    history.commit();
  }
  auto image = history.image();
  ASSERT_GE(index_of(image), 1024u);
  expect_found(image);
  EXPECT_FALSE(later_of(image).last);
}

// Each commit writes the last leaf anew, so that nothing of the superblock's own commit is left in
// the last state: that one is proven to be the last all the same, and more than one commit younger.
TEST(state_ring, counts_the_commits_up_to_a_state_that_is_proven_to_be_the_last) {
  commit_history history;
  history.create_thin(1);
  history.commit();
  history.write(1, 0, 2000, 2);
  history.commit();
  for (std::uint64_t n = 0; n < 6; ++n) {
    history.write(1, 5000 + n, 1);
    history.commit();
  }
  EXPECT_FALSE(later_of(history.image()).last);
  auto image = history.image();
  image.at(0) = history.image(3).at(0);
  const auto later = later_of(image);
  ASSERT_TRUE(later.last);
  EXPECT_EQ(later.last->index, index_of(history.image()));
  EXPECT_EQ(later.nr_steps, 3u);
}

}  // namespace
}  // namespace thin_tools
