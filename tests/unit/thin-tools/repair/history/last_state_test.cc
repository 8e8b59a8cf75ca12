#include "thin-tools/repair/history/last_state.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/unit/support/commit_history.h"
#include "thin-tools/repair/history/root_choice.h"
#include "thin-tools/repair/history/state_ring.h"

namespace thin_tools {
namespace {

using pdata::metadata_block;
using test_support::commit_history;

ring_state state_of(metadata_block index, std::initializer_list<metadata_block> blocks) {
  ring_state state{.index = index, .live = block_set(1024)};
  for (const auto b : blocks) state.live.insert(b);
  state.live.insert(index);
  return state;
}

TEST(last_state, a_commit_takes_blocks_behind_the_index_before) {
  const auto from = state_of(20, {1, 2});
  EXPECT_TRUE(took_behind(from, state_of(40, {1, 21, 30, 50}), 1024, 1024));
  EXPECT_FALSE(took_behind(from, state_of(40, {1, 19}), 1024, 1024));
  EXPECT_FALSE(took_behind(from, state_of(40, {1, 60}), 1024, 1024));
  // The last blocks of a commit may be the first ones of the device.
  EXPECT_TRUE(took_behind(from, state_of(1020, {1, 30, 3}), 1024, 1024));
  // Or of the map, where that ends before the device.
  EXPECT_FALSE(took_behind(from, state_of(1000, {1, 30, 3}), 1024, 1024));
  EXPECT_TRUE(took_behind(from, state_of(1000, {1, 30, 3}), 1024, 1010));
}

TEST(last_state, a_pass_takes_every_index_block_that_is_free) {
  commit_history history;
  history.create_thin(1);
  history.commit();
  history.write(1, 0, 10);
  history.commit();
  auto& old = history.image();
  pdata::batch_reader reader(old, 1);
  const pdata::block_scan scan(reader, 1024);
  const auto index = scan.all_of(pdata::block_class::index).front();
  EXPECT_TRUE(may_have_begun_a_pass(scan, state_of(500, {1}), state_of(index, {})));
  EXPECT_FALSE(may_have_begun_a_pass(scan, state_of(500, {}), state_of(index + 1, {})));
  EXPECT_TRUE(may_have_begun_a_pass(scan, state_of(500, {index}), state_of(index + 1, {})));
  EXPECT_FALSE(may_have_begun_a_pass(scan, state_of(500, {}), state_of(200, {400})));
}

metadata_block index_of(pdata::memory_device& image) {
  pdata::batch_reader reader(image, 1);
  return read_superblock(reader, 0, image.nr_blocks())->metadata_space_map.bitmap_root;
}

TEST(last_state, a_pool_that_was_just_made_has_its_index_block_first) {
  EXPECT_TRUE(is_birth(state_of(1, {2, 3, 4}), 1024));
  EXPECT_FALSE(is_birth(state_of(1, {2, 3, 5}), 1024));
  EXPECT_FALSE(is_birth(state_of(1, {}), 1024));
  EXPECT_FALSE(is_birth(state_of(4, {1, 2, 3}), 1024));
}

newest_generations find_newest(pdata::memory_device image) {
  image.at(0) = {};
  pdata::batch_reader reader(image, 1);
  const device_scan device(reader, image.nr_blocks());
  return find_newest_generations(device);
}

// One leaf, which each commit writes anew: no state has a node of the one before.
std::unique_ptr<commit_history> make_tiny_pool(pdata::thin_block first, unsigned nr_writes) {
  auto history = std::make_unique<commit_history>();
  history->create_thin(1);
  history->commit();
  for (unsigned i = 0; i < nr_writes; ++i) {
    history->write(1, first + i, 1);
    history->commit();
  }
  return history;
}

TEST(last_state, is_likely_where_tiny_states_go_on_from_each_other) {
  const auto history = make_tiny_pool(0, 30);
  const auto newest = find_newest(history->image());
  ASSERT_FALSE(newest.candidates.empty());
  EXPECT_EQ(newest.candidates.front().index, index_of(history->image()));
  EXPECT_FALSE(newest.contested);
  EXPECT_FALSE(newest.hidden_by_damage);
  EXPECT_FALSE(newest.proven);
}

TEST(last_state, is_not_told_where_a_tiny_pool_was_opened_anew) {
  const auto history = make_tiny_pool(0, 30);
  history->reopen();
  history->write(1, 100, 1);
  history->commit();
  const auto newest = find_newest(history->image());
  EXPECT_TRUE(std::ranges::any_of(newest.candidates, [&](const auto& state) {
    return state.index == index_of(history->image());
  }));
  EXPECT_TRUE(newest.proven ? newest.candidates.front().index == index_of(history->image())
                            : newest.contested);
}

// The commits of both took the same blocks, as far as the new pool came.
TEST(last_state, is_not_told_where_states_of_an_older_pool_stand_right_behind) {
  const auto old = make_tiny_pool(50, 30);
  const auto anew = make_tiny_pool(0, 10);
  auto image = old->image();
  const auto end = index_of(anew->image());
  for (metadata_block b = 0; b <= end; ++b) image.at(b) = anew->image().at(b);
  const auto newest = find_newest(image);
  EXPECT_TRUE(newest.contested);
  EXPECT_TRUE(std::ranges::any_of(newest.candidates,
                                  [&](const auto& state) { return state.index == end; }));
}

// Lives of many kinds: whatever is proven is so, and the last state is always among those that
// may have been the last.
TEST(last_state, never_proves_a_wrong_one) {
  std::mt19937 dice(7);
  const auto below = [&](unsigned end) { return static_cast<unsigned>(dice() % end); };
  unsigned nr_proven = 0;
  constexpr unsigned nr_pools = 40;
  for (unsigned pool = 0; pool < nr_pools; ++pool) {
    commit_history history(512);
    history.create_thin(1);
    history.commit();
    history.write(1, 0, 100 + below(1500), 2);
    history.commit();
    pdata::device_id next = 2;
    for (unsigned step = 0, end = 3 + below(25); step < end; ++step) {
      const auto at = below(3000);
      switch (below(6)) {
        case 0:
          history.reopen();
          break;
        case 1:
          if (next < 5) history.create_snap(next++, 1);
          break;
        case 2:
          history.discard(1, at, at + 1 + below(40));
          break;
        default:
          history.write(1, at * 2 + 1, 1 + below(20), 2);
      }
      history.commit();
    }
    SCOPED_TRACE(pool);
    auto image = history.image();
    const auto truth = index_of(image);
    image.at(0) = {};
    pdata::batch_reader reader(image, 1);
    const device_scan device(reader, image.nr_blocks());
    const auto newest = find_newest_generations(device);
    ASSERT_FALSE(newest.candidates.empty());
    EXPECT_TRUE(std::ranges::any_of(newest.candidates,
                                    [&](const auto& state) { return state.index == truth; }));
    if (!newest.proven) continue;
    ++nr_proven;
    EXPECT_EQ(newest.candidates.front().index, truth);
  }
  EXPECT_GT(nr_proven, nr_pools / 2);
}

bool is_blank(const pdata::block_buffer& block) {
  return std::ranges::all_of(block.view(), [](std::byte b) { return b == std::byte{0}; });
}

// Pools of one leaf, opened now and then, or made over an older one: where one state is taken
// without a question it is the last one.
TEST(last_state, takes_no_older_state_of_a_tiny_pool) {
  std::mt19937 dice(11);
  const auto below = [&](unsigned end) { return static_cast<unsigned>(dice() % end); };
  unsigned nr_taken = 0;
  constexpr unsigned nr_pools = 30;
  std::optional<pdata::memory_device> older;
  for (unsigned pool = 0; pool < nr_pools; ++pool) {
    commit_history history(256);
    history.create_thin(1);
    history.commit();
    for (unsigned step = 0, end = 1 + below(14); step < end; ++step) {
      const auto at = below(8);
      switch (below(8)) {
        case 0:
          if (pool % 3 != 0) history.reopen();
          break;
        case 1:
          history.discard(1, at, at + 1 + below(2));
          break;
        default:
          history.write(1, at, 1);
      }
      history.commit();
    }
    SCOPED_TRACE(pool);
    auto image = history.image();
    if (older && pool % 2 != 0)
      for (metadata_block b = 0; b < image.nr_blocks(); ++b)
        if (is_blank(image.at(b))) image.at(b) = older->at(b);
    older = history.image();
    const auto newest = find_newest(image);
    ASSERT_FALSE(newest.candidates.empty());
    if (newest.contested) continue;
    ++nr_taken;
    EXPECT_EQ(newest.candidates.front().index, index_of(image));
  }
  EXPECT_GT(nr_taken, nr_pools / 10);
}

}  // namespace
}  // namespace thin_tools
