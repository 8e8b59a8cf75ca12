#include "thin-tools/repair/history/commit_order.h"

#include <gtest/gtest.h>

#include "tests/unit/support/commit_history.h"
#include "thin-tools/repair/history/root_choice.h"
#include "thin-tools/repair/history/whole_states.h"

namespace thin_tools {
namespace {

using test_support::commit_history;

// The last two states of a history, compared on the device as the last one left it.
compared_states compare_last_two(commit_history& history) {
  auto& image = history.image();
  pdata::batch_reader reader(image, 1);
  const device_scan device(reader, image.nr_blocks());
  const auto state_of = [&](pdata::memory_device& then) {
    pdata::batch_reader old_reader(then, 1);
    const auto says = *read_superblock(old_reader, 0, then.nr_blocks());
    const auto index = says.metadata_space_map.bitmap_root;
    const auto counts = pdata::stored_counts::load(reader, index, image.nr_blocks());
    EXPECT_EQ(condition_of(device, survey(device, index, counts)), state_condition::whole);
    return whole_state{
        index, block_set(counts, image.nr_blocks()).common_with(proven_blocks(device)),
        read_state(device, {.mapping_root = says.mapping_root, .details_root = says.details_root})};
  };
  return compare_commits(device, state_of(history.image(1)), state_of(image));
}

struct written_pool : commit_history {
  written_pool() {
    create_thin(1);
    commit();
    write(1, 0, 2000, 2);
    commit();
  }
};

TEST(commit_order, a_tree_takes_back_no_node) {
  written_pool pool;
  pool.create_snap(2, 1);
  pool.commit();
  pool.write(1, 1001, 1);  // the snapshot keeps the leaf
  pool.commit();
  const auto found = compare_last_two(pool);
  EXPECT_TRUE(found.second_before_first.node);
  EXPECT_FALSE(found.first_before_second.any());
  EXPECT_FALSE(found.same_mappings);
}

TEST(commit_order, a_mapping_that_is_made_has_no_old_time) {
  written_pool pool;
  pool.create_snap(2, 1);
  pool.commit();
  pool.discard(2, 1000, 1001);
  pool.commit();
  const auto found = compare_last_two(pool);
  EXPECT_TRUE(found.second_before_first.time);
  EXPECT_FALSE(found.first_before_second.any());
}

TEST(commit_order, a_key_goes_with_the_neighbours_of_its_node) {
  written_pool pool;
  pool.write(1, 1001, 1);
  pool.commit();
  const auto added = compare_last_two(pool);
  EXPECT_TRUE(added.second_before_first.removal);
  EXPECT_FALSE(added.first_before_second.any());
  pool.discard(1, 1001, 1002);
  pool.commit();
  const auto removed = compare_last_two(pool);
  EXPECT_FALSE(removed.first_before_second.any());
}

TEST(commit_order, devices_are_created_at_ascending_times) {
  written_pool pool;
  pool.create_snap(2, 1);
  pool.commit();
  pool.create_snap(3, 1);
  pool.commit();
  const auto found = compare_last_two(pool);
  EXPECT_TRUE(found.second_before_first.devices);
  EXPECT_FALSE(found.first_before_second.any());
}

TEST(commit_order, tells_mappings_that_go_on) {
  commit_history pool;
  pool.create_thin(1);
  pool.commit();
  EXPECT_FALSE(compare_last_two(pool).second_continues);
  pool.write(1, 0, 3);
  pool.commit();
  EXPECT_FALSE(compare_last_two(pool).second_continues);
  pool.write(1, 10, 1);
  pool.discard(1, 1, 2);
  pool.commit();
  EXPECT_TRUE(compare_last_two(pool).second_continues);
  // Another data block at the same time.
  pool.discard(1, 0, 1);
  pool.write(1, 0, 1);
  pool.commit();
  EXPECT_FALSE(compare_last_two(pool).second_continues);
  // After a snapshot that is what a write does.
  pool.create_snap(2, 1);
  pool.commit();
  pool.write(1, 0, 1);
  pool.commit();
  EXPECT_TRUE(compare_last_two(pool).second_continues);
}

TEST(commit_order, tells_states_that_map_the_same) {
  written_pool pool;
  ASSERT_TRUE(pool.pool().set_transaction_id(0, 1).ok());
  pool.create_thin(2);
  pool.commit();
  EXPECT_FALSE(compare_last_two(pool).same_mappings);
  ASSERT_TRUE(pool.pool().reserve_metadata_snapshot().ok());
  pool.commit();
  EXPECT_TRUE(compare_last_two(pool).same_mappings);
}

}  // namespace
}  // namespace thin_tools
