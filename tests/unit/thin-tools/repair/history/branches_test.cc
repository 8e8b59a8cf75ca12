// Two machines that went on from one state, each in a pass of its own.
#include "thin-tools/repair/history/branches.h"

#include <gtest/gtest.h>

#include "tests/unit/support/commit_history.h"
#include "tests/unit/support/pool_image.h"

namespace thin_tools {
namespace {

using pdata::memory_device;
using pdata::metadata_block;
using test_support::commit_history;

metadata_block index_of(memory_device& image) {
  return test_support::read_pool_image(image).superblock.metadata_space_map.bitmap_root;
}

// Of the last `count` commits, the oldest first.
std::vector<ring_state> states_of(commit_history& history, std::size_t count) {
  std::vector<ring_state> states;
  for (auto back = count; back-- > 0;) {
    auto& image = history.image(back);
    pdata::batch_reader reader(image, 1);
    const auto index = index_of(image);
    const auto counts = pdata::stored_counts::load(reader, index, image.nr_blocks());
    states.push_back({.index = index, .live = block_set(counts, image.nr_blocks())});
  }
  return states;
}

void begin(commit_history& machine) {
  machine.create_thin(1);
  machine.create_thin(2);
  machine.write(2, 0, 6000);
  machine.commit();
  for (std::uint64_t n = 0; n < 16; ++n) {
    machine.write(1, n * 300, 250);
    machine.commit();
  }
  machine.remove(2);
  machine.commit();
  machine.reopen();
}

void go_on(commit_history& machine) {
  for (std::uint64_t n = 11; n < 16; ++n) {  // nodes that stand high
    machine.write(1, n * 300 + 260, 20);
    machine.commit();
  }
}

// The states of a pass and of the one before, as they stand on the device behind the own one.
std::vector<ring_state> beside(const std::vector<ring_state>& own, std::vector<ring_state> pass,
                               const std::vector<ring_state>& before) {
  auto states = own;
  std::erase_if(pass, [&](const ring_state& s) { return s.index <= own.back().index; });
  states.insert(states.end(), pass.begin(), pass.end());
  for (const auto& state : before)
    if (state.index > states.back().index) states.push_back(state);
  return states;
}

// What the one has freed and the other one still uses stands behind all that the first one took.
TEST(branches, are_told_by_what_stands_behind_the_end_of_a_pass) {
  commit_history first;
  commit_history second;
  begin(first);
  begin(second);
  const auto before = states_of(first, 17);
  go_on(first);
  second.write(1, 5001, 1);
  second.commit();
  const auto nr_blocks = first.image().nr_blocks();
  const auto own = states_of(second, 1);
  const auto both = beside(own, states_of(first, 5), before);
  ASSERT_GT(both.size(), 4u);
  EXPECT_TRUE(may_be_of_another_branch(both, own.back().index, nr_blocks));
  // Of one machine alone.
  const auto alone = beside(states_of(first, 5), {}, before);
  EXPECT_FALSE(may_be_of_another_branch(alone, index_of(first.image()), nr_blocks));
  const auto other = beside(own, {}, before);
  EXPECT_FALSE(may_be_of_another_branch(other, own.back().index, nr_blocks));
}

}  // namespace
}  // namespace thin_tools
