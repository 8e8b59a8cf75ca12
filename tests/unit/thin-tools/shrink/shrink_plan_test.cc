#include "thin-tools/shrink/shrink_plan.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <set>

#include "persistent-data/base/error.h"

namespace thin_tools {
namespace {

using pdata::mapping_run;
using moves = std::vector<data_move>;

shrink_plan plan_of(const std::vector<mapping_run>& runs, std::uint64_t old_size,
                    std::uint64_t new_size) {
  used_blocks used;
  used.begin_superblock({.data_block_size = 128, .nr_data_blocks = old_size});
  for (const auto& run : runs) used.run(run);
  return used.plan(new_size);
}

// A device's mappings after the moves, and the runs they came in.
struct collector : pdata::metadata_sink {
  void begin_superblock(const pdata::stream_superblock& s) override { superblock = s; }
  void end_superblock() override {}
  void begin_def(const std::string&) override {}
  void end_def() override {}
  void begin_device(pdata::device_id, const pdata::device_details&) override {}
  void end_device() override {}
  void run(const mapping_run& r) override { runs.push_back(r); }
  void ref(const std::string& name) override { refs.push_back(name); }

  pdata::stream_superblock superblock;
  std::vector<mapping_run> runs;
  std::vector<std::string> refs;
};

std::vector<mapping_run> moved(const shrink_plan& plan, const std::vector<mapping_run>& runs) {
  collector result;
  moved_stream stream(plan, result);
  stream.begin_device(1, {});
  for (const auto& run : runs) stream.run(run);
  stream.end_device();
  return result.runs;
}

TEST(shrink_plan, nothing_above_the_new_end_nothing_to_move) {
  EXPECT_EQ(plan_of({}, 1024, 512).moves, moves{});
  EXPECT_EQ(plan_of({{0, 0, 512, 0}}, 1024, 512).moves, moves{});
}

TEST(shrink_plan, one_range_to_one_gap) {
  EXPECT_EQ(plan_of({{0, 600, 100, 0}}, 1024, 512).moves, (moves{{600, 0, 100}}));
  EXPECT_EQ(plan_of({{0, 0, 10, 0}, {10, 600, 100, 0}}, 1024, 512).moves, (moves{{600, 10, 100}}));
}

TEST(shrink_plan, a_range_across_the_new_end_moves_in_part) {
  EXPECT_EQ(plan_of({{0, 500, 20, 0}}, 1024, 512).moves, (moves{{512, 0, 8}}));
}

TEST(shrink_plan, one_range_to_many_gaps_and_many_ranges_to_one) {
  EXPECT_EQ(plan_of({{0, 2, 2, 0}, {2, 6, 500, 0}, {600, 600, 6, 0}}, 1024, 512).moves,
            (moves{{600, 0, 2}, {602, 4, 2}, {604, 506, 2}}));
  EXPECT_EQ(plan_of({{0, 600, 3, 0}, {3, 700, 4, 0}}, 1024, 512).moves,
            (moves{{600, 0, 3}, {700, 3, 4}}));
}

TEST(shrink_plan, a_block_that_is_mapped_twice_moves_once) {
  EXPECT_EQ(plan_of({{0, 600, 100, 0}, {0, 600, 100, 0}, {0, 650, 100, 0}}, 1024, 512).moves,
            (moves{{600, 0, 150}}));
}

TEST(shrink_plan, exactly_full_fits_and_one_more_does_not) {
  EXPECT_EQ(plan_of({{0, 512, 512, 0}}, 1024, 512).moves, (moves{{512, 0, 512}}));
  EXPECT_THROW(plan_of({{0, 511, 513, 0}}, 1024, 512), pdata::error);
}

TEST(shrink_plan, mappings_beyond_the_device_are_refused) {
  EXPECT_THROW(plan_of({{0, 1000, 25, 0}}, 1024, 512), pdata::error);
  EXPECT_THROW(plan_of({{0, UINT64_MAX, 2, 0}}, 1024, 512), pdata::error);
}

TEST(shrink_plan, runs_are_split_where_moves_end_and_joined_where_they_meet) {
  const auto plan = plan_of({{0, 2, 2, 0}, {2, 600, 4, 0}}, 1024, 512);
  EXPECT_EQ(plan.moves, (moves{{600, 0, 2}, {602, 4, 2}}));
  EXPECT_EQ(moved(plan, {{100, 600, 4, 7}}),
            (std::vector<mapping_run>{{100, 0, 2, 7}, {102, 4, 2, 7}}));
  EXPECT_EQ(moved(plan, {{100, 600, 2, 7}, {102, 2, 2, 7}}),
            (std::vector<mapping_run>{{100, 0, 4, 7}}));
  EXPECT_EQ(moved(plan, {{100, 600, 2, 7}, {102, 2, 2, 8}}).size(), 2);
}

TEST(shrink_plan, refs_end_a_run_and_the_superblock_gets_the_new_size) {
  const shrink_plan plan{.nr_blocks = 512, .moves = {}};
  collector result;
  moved_stream stream(plan, result);
  stream.begin_superblock({.nr_data_blocks = 1024});
  stream.run({0, 0, 1, 0});
  stream.ref("a");
  stream.run({1, 1, 1, 0});
  stream.end_device();
  EXPECT_EQ(result.superblock.nr_data_blocks, 512);
  EXPECT_EQ(result.runs.size(), 2);
  EXPECT_EQ(result.refs, std::vector<std::string>{"a"});
}

TEST(shrink_plan, property_every_block_lands_in_a_gap_of_its_own) {
  EXPECT_TRUE(rc::check([] {
    constexpr std::uint64_t old_size = 400;
    const auto blocks = *rc::gen::container<std::set<std::uint64_t>>(rc::gen::inRange(0, 400));
    const auto new_size =
        *rc::gen::inRange<std::uint64_t>(std::max<std::uint64_t>(1, blocks.size()), old_size);
    std::vector<mapping_run> runs;
    for (const auto block : blocks) runs.push_back({runs.size() * 2, block, 1, 0});
    const auto plan = plan_of(runs, old_size, new_size);
    std::map<std::uint64_t, std::uint64_t> where;  // by virtual block
    for (const auto& run : moved(plan, runs))
      for (std::uint64_t i = 0; i < run.length; ++i) where[run.begin + i] = run.data_begin + i;
    RC_ASSERT(where.size() == blocks.size());
    std::set<std::uint64_t> taken;
    for (const auto& run : runs) {
      const auto now = where.at(run.begin);
      RC_ASSERT(now < new_size);
      RC_ASSERT(taken.insert(now).second);
      RC_ASSERT(run.data_begin >= new_size || now == run.data_begin);
    }
  }));
}

TEST(shrink_plan, the_fingerprint_tells_plans_apart) {
  const shrink_plan a{512, {{600, 0, 2}}};
  EXPECT_EQ(a.fingerprint(), (shrink_plan{512, {{600, 0, 2}}}).fingerprint());
  EXPECT_NE(a.fingerprint(), (shrink_plan{513, {{600, 0, 2}}}).fingerprint());
  EXPECT_NE(a.fingerprint(), (shrink_plan{512, {{600, 1, 2}}}).fingerprint());
}

}  // namespace
}  // namespace thin_tools
