// Two machines had a pool in use: the second one, which opened it at an older state, wrote over
// what the first one had. Its superblock and all of its trees are sound.
#include <gtest/gtest.h>

#include "persistent-data/format/checksum.h"
#include "tests/unit/support/commit_history.h"
#include "tests/unit/thin-tools/repair/repaired_pool.h"
#include "thin-tools/repair/scan/small_trees.h"

namespace thin_tools {
namespace {

using pdata::memory_device;
using test_support::commit_history;

constexpr std::uint64_t nr_runs = 12;

// Two sessions: what is live stands behind the end of the first commits of the next one.
void begin(commit_history& machine) {
  machine.create_thin(1);
  machine.commit();
  machine.create_thin(2);
  machine.commit();
  for (std::uint64_t n = 0; n < nr_runs; ++n) {
    machine.write(1, n * 300, 250);
    machine.commit();
  }
}

// Writes of the last commits of one machine put over the image of another.
void write_over(memory_device& image, commit_history& machine, std::size_t nr_commits) {
  auto& before = machine.image(nr_commits);
  auto& after = machine.image();
  for (pdata::metadata_block b = 0; b < image.nr_blocks(); ++b)
    if (after.at(b).bytes != before.at(b).bytes) image.at(b) = after.at(b);
}

bool says_that_nothing_was_lost(memory_device& image) {
  pdata::batch_reader reader(image, 1);
  return make_repair_plan(reader, "image", {}).account_closed();
}

// The metadata is sound, and whether all is there cannot be known.
void expect_doubt(memory_device& image) {
  EXPECT_EQ(check(image, "image", {}).nr_fatal, 0u);
  EXPECT_FALSE(says_that_nothing_was_lost(image));
}

TEST(two_machines, leave_states_that_went_on_from_the_same_one) {
  commit_history first;
  begin(first);
  for (std::uint64_t n = 0; n < 3; ++n) {
    first.write(1, n * 300 + 255, 20);
    first.commit();
  }
  ASSERT_TRUE(says_that_nothing_was_lost(first.image()));

  commit_history second;
  begin(second);
  second.reopen();
  second.write(2, 0, 1);
  second.commit();
  // Without what the first one did it is the next session of one machine.
  ASSERT_TRUE(says_that_nothing_was_lost(second.image()));

  auto both = first.image();
  write_over(both, second, 1);
  expect_doubt(both);
}

// The state from which the last session began was written over: it may have been another one.
TEST(two_machines, cannot_be_told_where_the_session_before_is_gone) {
  commit_history history;
  begin(history);
  history.reopen();
  history.write(2, 0, 1);
  history.commit();
  ASSERT_TRUE(says_that_nothing_was_lost(history.image()));
  const auto index = [](memory_device& image) {
    return test_support::read_pool_image(image).superblock.metadata_space_map.bitmap_root;
  };
  auto image = history.image();
  ASSERT_GT(index(history.image(1)), index(image));
  image.at(index(history.image(1))) = {};
  EXPECT_FALSE(says_that_nothing_was_lost(image));
}

// The second one did nothing, and wrote its superblock back over that of the first commit of the
// first one, which stands below all the others: as the first of a pass that ended with the last.
TEST(two_machines, leave_a_commit_at_the_beginning_when_one_wrote_its_superblock_back) {
  for (const std::uint64_t nr_commits : {3, 4, 5, 6}) {
    SCOPED_TRACE(nr_commits);
    commit_history history;
    history.create_thin(1);
    history.commit();
    for (std::uint64_t n = 0; n < nr_commits; ++n) {
      history.write(1, n * 10, 5);
      history.commit();
    }
    ASSERT_TRUE(says_that_nothing_was_lost(history.image()));
    const auto idle = history.image().at(0);
    history.reopen();
    history.discard(1, 0, 5);
    history.commit();
    auto both = history.image();
    both.at(0) = idle;
    expect_doubt(both);
  }
}

// All that is left of the first one is a table of devices. It stands where the session before was,
// whose later states know a device as it was before a snapshot.
TEST(two_machines, leave_a_table_of_devices_younger_than_the_states_above_it) {
  commit_history first;
  begin(first);
  first.reopen();
  first.create_snap(3, 1);
  first.commit();
  first.write(2, 0, 1);
  first.commit();
  commit_history second;
  begin(second);
  second.reopen();
  second.write(2, 0, 1);
  second.commit();

  auto both = second.image();
  const auto table = test_support::read_pool_image(first.image()).superblock.details_root;
  const auto own = test_support::read_pool_image(both).superblock.metadata_space_map.bitmap_root;
  const auto before =
      test_support::read_pool_image(second.image(1)).superblock.metadata_space_map.bitmap_root;
  ASSERT_GT(table, own);
  ASSERT_LT(table, before);
  both.at(table) = second.image(1).at(table);
  ASSERT_TRUE(says_that_nothing_was_lost(both));
  both.at(table) = first.image().at(table);
  expect_doubt(both);
}

// A pool in which every commit writes all anew. The first machine went on from its last state; the
// second one opened that state, too, and wrote over the beginning of what the first one had.
struct tiny_pool {
  commit_history first;
  commit_history second;

  explicit tiny_pool(unsigned nr_writes) {
    for (auto* machine : {&first, &second}) {
      machine->create_thin(1);
      machine->commit();
      for (std::uint64_t n = 0; n < nr_writes; ++n) {
        machine->write(1, n * 10, 5);
        machine->commit();
      }
      machine->reopen();
    }
  }
};

TEST(two_machines, leave_commits_that_the_states_above_them_did_not_know) {
  tiny_pool pool(4);
  auto& [first, second] = pool;
  first.write(1, 500, 9);
  first.commit();
  first.write(1, 600, 9);
  first.commit();
  second.create_snap(2, 1);  // takes less, so that the second commit of the first one is left
  second.commit();
  ASSERT_TRUE(says_that_nothing_was_lost(second.image()));
  auto both = first.image();
  write_over(both, second, 1);
  expect_doubt(both);
}

// The second one did nothing: all states on the device look like one pass that ended with a
// discard.
TEST(two_machines, leave_all_that_the_last_state_of_a_pass_lacks) {
  tiny_pool pool(1);
  auto& [first, second] = pool;
  const auto idle = first.image().at(0);
  first.write(1, 500, 8);
  first.commit();
  first.write(1, 600, 11);
  first.commit();
  auto both = first.image();
  both.at(0) = idle;
  expect_doubt(both);
}

// What is left of the first one is a bitmap, where the state before has the empty tree of a device.
TEST(two_machines, leave_no_tree_where_another_block_stands) {
  commit_history first;
  first.create_thin(1);
  first.commit();
  first.create_thin(2);
  first.commit();
  first.write(1, 0, 5);
  first.commit();
  pdata::batch_reader reader(first.image(), 1);
  const auto top = test_support::read_pool_image(first.image()).superblock.mapping_root;
  const auto root = read_top_level(reader, top, first.image().nr_blocks()).roots.at(2);
  ASSERT_TRUE(says_that_nothing_was_lost(first.image()));
  auto both = first.image();
  auto& block = both.at(root);
  block = {};
  pdata::seal(block.span(), pdata::block_kind::bitmap, root);
  EXPECT_FALSE(says_that_nothing_was_lost(both));
}

}  // namespace
}  // namespace thin_tools
