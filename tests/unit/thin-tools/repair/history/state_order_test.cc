#include "thin-tools/repair/history/state_order.h"

#include <gtest/gtest.h>

namespace thin_tools {
namespace {

using details = std::map<pdata::device_id, pdata::device_details>;

// The roots of the trees are the device ids, unless they are to differ.
pool_state state_of(details devices, pdata::metadata_block first_root = 100) {
  pool_state state;
  for (const auto& [id, device] : devices) state.top.roots[id] = first_root + id.value();
  state.details.devices = std::move(devices);
  return state;
}

// mapped blocks, transaction id, creation time, snapshotted time
const details two{{1, {10, 0, 0, 2}}, {2, {10, 2, 2, 2}}};

void expect_first_older(const pool_state& a, const pool_state& b) {
  EXPECT_EQ(compare_states(a, b), state_order::older);
  EXPECT_EQ(compare_states(b, a), state_order::newer);
}

TEST(state_order, tells_nothing_by_mappings_alone) {
  details more = two;
  more[1].mapped_blocks = 11;
  EXPECT_EQ(compare_states(state_of(two), state_of(more)), state_order::unknown);
  EXPECT_EQ(compare_states(state_of(two), state_of(two, 200)), state_order::unknown);
  EXPECT_EQ(compare_states(state_of(two), state_of(two)), state_order::same);
}

TEST(state_order, tells_by_a_later_snapshot) {
  details later = two;
  later[1].snapshotted_time = 3;
  expect_first_older(state_of(two), state_of(later));
}

TEST(state_order, tells_by_a_device_that_was_created_again) {
  details again = two;
  again[1] = {0, 3, 2, 2};
  expect_first_older(state_of(two), state_of(again));
}

TEST(state_order, knows_that_an_old_device_was_deleted) {
  expect_first_older(state_of(two), state_of({{2, two.at(2)}}));
}

TEST(state_order, cannot_tell_a_deletion_from_a_creation_of_the_newest) {
  // Device 3 may have been created right after the other state, or deleted there.
  details three = two;
  three[3] = {0, 2, 2, 2};
  EXPECT_EQ(compare_states(state_of(two), state_of(three)), state_order::unknown);
}

TEST(state_order, holds_tables_against_each_other_that_know_not_the_same_devices) {
  const auto table = [](details devices) { return state_of(std::move(devices)).details; };
  const details later{{1, {9, 0, 0, 3}}, {7, {0, 9, 9, 9}}};
  EXPECT_TRUE(has_younger_device(table(later), table(two)));
  EXPECT_FALSE(has_younger_device(table(two), table(later)));
  EXPECT_FALSE(has_younger_device(table(two), table(two)));
  EXPECT_FALSE(has_younger_device(table({{7, {0, 9, 9, 9}}}), table(two)));
}

TEST(state_order, believes_no_contradiction) {
  details odd = two;
  odd[1].snapshotted_time = 3;
  odd[2].snapshotted_time = 1;
  EXPECT_EQ(compare_states(state_of(two), state_of(odd)), state_order::unknown);
}

TEST(state_order, does_not_judge_damaged_trees) {
  details later = two;
  later[1].snapshotted_time = 3;
  auto damaged = state_of(later);
  damaged.details.lost.push_back({5, 6});
  EXPECT_EQ(compare_states(state_of(two), damaged), state_order::unknown);
}

TEST(state_order, leaves_only_what_may_be_the_last) {
  details later = two;
  later[1].snapshotted_time = 3;
  details later_and_more = later;
  later_and_more[1].mapped_blocks = 12;
  EXPECT_EQ(possibly_last({state_of(two), state_of(later)}), (std::vector<std::size_t>{1}));
  EXPECT_EQ(possibly_last({state_of(later), state_of(two), state_of(later)}),
            (std::vector<std::size_t>{0}));
  EXPECT_EQ(possibly_last({state_of(later), state_of(two), state_of(later_and_more)}),
            (std::vector<std::size_t>{0, 2}));
  EXPECT_TRUE(possibly_last({}).empty());
}

}  // namespace
}  // namespace thin_tools
