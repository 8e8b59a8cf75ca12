#include "thin-tools/repair/history/mapping_lives.h"

#include <gtest/gtest.h>

#include "tests/unit/support/commit_history.h"
#include "thin-tools/repair/history/root_choice.h"
#include "thin-tools/repair/history/whole_states.h"

namespace thin_tools {
namespace {

using test_support::commit_history;
using twins = mapping_lives::twins;

// States by what the superblock said then, on the device as it is now.
struct read_states {
  explicit read_states(commit_history& of)
      : history(of), reader(of.image(), 1), device(reader, of.image().nr_blocks()) {}

  whole_state state(std::size_t back) {
    pdata::batch_reader then(history.image(back), 1);
    const auto says = *read_superblock(then, 0, device.scan.nr_blocks());
    return {
        says.metadata_space_map.bitmap_root, block_set(device.scan.nr_blocks()),
        read_state(device, {.mapping_root = says.mapping_root, .details_root = says.details_root})};
  }

  commit_history& history;
  pdata::batch_reader reader;
  device_scan device;
};

struct discarding_pool : commit_history {
  discarding_pool() {
    create_thin(1);
    commit();
    write(1, 0, 20);
    commit();
    discard(1, 5, 10);
    commit();
    write(1, 50, 5);
    commit();
  }
};

TEST(mapping_lives, go_on_from_commit_to_commit) {
  discarding_pool pool;
  read_states states(pool);
  mapping_lives lives(states.device, twins::possible);
  EXPECT_TRUE(lives.go_on(states.state(2), states.state(1)));
  EXPECT_TRUE(lives.go_on(states.state(1), states.state(0)));
  EXPECT_FALSE(lives.came_back(states.state(0)));
}

// As if the last state had been made of one that had given them back.
TEST(mapping_lives, do_not_come_back_as_they_were) {
  discarding_pool pool;
  read_states states(pool);
  mapping_lives lives(states.device, twins::possible);
  EXPECT_TRUE(lives.go_on(states.state(2), states.state(1)));
  EXPECT_TRUE(lives.came_back(states.state(2)));
}

// The pool is opened: what was given back two commits before is taken first.
TEST(mapping_lives, take_no_data_block_that_was_in_use) {
  discarding_pool pool;
  pool.write(1, 100, 5);
  pool.commit();
  pool.discard(1, 100, 105);
  pool.commit();
  pool.reopen();
  pool.write(1, 200, 5);
  pool.commit();
  read_states states(pool);
  ASSERT_EQ(states.state(0).pool.details.devices.at(1).mapped_blocks, 25u);
  mapping_lives lives(states.device, twins::possible);
  EXPECT_TRUE(lives.go_on(states.state(1), states.state(0)));
  EXPECT_FALSE(lives.go_on(states.state(5), states.state(0)));
}

// The second commit from here is one of the same machine, or of another one that had not seen what
// the commits between had changed.
TEST(mapping_lives, go_on_for_certain_where_a_change_is_still_there) {
  commit_history pool;
  pool.create_thin(1);
  pool.commit();
  pool.write(1, 0, 8);
  pool.commit();
  pool.write(1, 100, 11);
  pool.commit();
  pool.discard(1, 105, 111);
  pool.commit();
  pool.discard(1, 100, 105);
  pool.commit();
  read_states states(pool);
  mapping_lives lives(states.device, twins::possible);
  EXPECT_TRUE(lives.go_on(states.state(3), states.state(2)));
  EXPECT_TRUE(lives.goes_on_for_certain());  // nothing was taken away
  EXPECT_TRUE(lives.go_on(states.state(2), states.state(1)));
  EXPECT_TRUE(lives.goes_on_for_certain());  // 100 to 104 are as they were
  mapping_lives back(states.device, twins::possible);
  EXPECT_TRUE(back.go_on(states.state(3), states.state(2)));
  EXPECT_TRUE(back.go_on(states.state(2), states.state(0)));
  EXPECT_FALSE(back.goes_on_for_certain());
}

// However much else the last commit took away: another machine discards, too.
TEST(mapping_lives, do_not_go_on_for_certain_because_much_was_taken_away) {
  commit_history pool;
  pool.create_thin(1);
  pool.commit();
  pool.write(1, 0, 100);
  pool.commit();
  pool.write(1, 200, 2);
  pool.commit();
  pool.discard(1, 0, 90);
  pool.discard(1, 200, 202);
  pool.commit();
  read_states states(pool);
  mapping_lives lives(states.device, twins::possible);
  EXPECT_TRUE(lives.go_on(states.state(2), states.state(1)));
  EXPECT_TRUE(lives.go_on(states.state(1), states.state(0)));
  EXPECT_FALSE(lives.goes_on_for_certain());
}

// What was discarded is still mapped by a snapshot: no machine that had not seen it has that.
TEST(mapping_lives, go_on_for_certain_where_a_snapshot_has_what_was_made) {
  commit_history pool;
  pool.create_thin(1);
  pool.commit();
  pool.write(1, 0, 8);
  pool.commit();
  pool.write(1, 100, 5);
  pool.commit();
  pool.create_snap(2, 1);
  pool.commit();
  pool.discard(1, 100, 105);
  pool.commit();
  pool.remove(2);
  pool.commit();
  read_states states(pool);
  for (const auto which : {twins::possible, twins::excluded}) {
    mapping_lives lives(states.device, which);
    EXPECT_TRUE(lives.go_on(states.state(4), states.state(3)));
    EXPECT_TRUE(lives.go_on(states.state(3), states.state(2)));
    EXPECT_TRUE(lives.go_on(states.state(2), states.state(1)));
    // Two machines may have made the same snapshot.
    EXPECT_EQ(lives.goes_on_for_certain(), which == twins::excluded);
    EXPECT_TRUE(lives.go_on(states.state(1), states.state(0)));
    EXPECT_FALSE(lives.goes_on_for_certain());
  }
}

}  // namespace
}  // namespace thin_tools
