// The map of a volume against a table of every block.
#include "thin-tools/volumes/volume_map.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <set>

#include "persistent-data/base/error.h"

namespace thin_tools {
namespace {

using content = volume_map::content;

constexpr std::uint64_t volume_blocks = 400;

volume_map_builder builder_of(const std::vector<pdata::mapping_run>& runs,
                              std::uint64_t nr_data_blocks) {
  volume_map_builder builder(nr_data_blocks);
  for (const auto& run : runs) builder.add(run);
  return builder;
}

// Runs in order; some go on where the one before ended.
std::vector<pdata::mapping_run> any_runs() {
  std::vector<pdata::mapping_run> runs;
  std::uint64_t at = 0;
  std::uint64_t data = 0;
  while (true) {
    at += *rc::gen::weightedOneOf<std::uint64_t>(
        {{2, rc::gen::just<std::uint64_t>(0)}, {1, rc::gen::inRange<std::uint64_t>(0, 9)}});
    const auto length = *rc::gen::inRange<std::uint64_t>(1, 6);
    if (at + length > volume_blocks) return runs;
    if (*rc::gen::inRange(0, 3) != 0) data = *rc::gen::inRange<std::uint64_t>(0, 1000000);
    runs.push_back({at, data, length, *rc::gen::inRange<std::uint32_t>(0, 3)});
    at += length;
    data += length;
  }
}

TEST(volume_map_property, each_block_is_what_was_put_there) {
  EXPECT_TRUE(rc::check([] {
    const auto runs = any_runs();
    auto builder = builder_of(runs, UINT64_MAX);
    std::map<std::uint64_t, std::uint64_t> mapped;
    for (const auto& run : runs)
      for (std::uint64_t i = 0; i < run.length; ++i) mapped[run.begin + i] = run.data_begin + i;
    std::set<std::uint64_t> lost;
    const auto nr_lost = *rc::gen::inRange(0, 6);
    for (int i = 0; i < nr_lost; ++i) {
      const auto begin = *rc::gen::inRange<std::uint64_t>(0, volume_blocks);
      const auto end = begin + *rc::gen::inRange<std::uint64_t>(0, 40);
      const bool endless = *rc::gen::inRange(0, 8) == 0;
      builder.lose({{begin, endless ? std::nullopt : std::optional(end)}, "planted"});
      for (auto b = begin; b < (endless ? volume_blocks + 50 : end); ++b) lost.insert(b);
    }
    const auto map = builder.finish();
    RC_ASSERT(map.extent().mapped_blocks == mapped.size());
    RC_ASSERT(!map.lost_anywhere());
    for (std::uint64_t block = 0; block < volume_blocks + 50; ++block) {
      const auto found = map.at(block);
      RC_ASSERT(found.begin == block);
      RC_ASSERT(found.end > block);
      if (mapped.contains(block)) {
        RC_ASSERT(found.what == content::mapped);
        RC_ASSERT(found.data_begin == mapped.at(block));
      } else {
        RC_ASSERT(found.what == (lost.contains(block) ? content::lost : content::hole));
      }
      // A segment is of one kind up to its end.
      for (auto b = block; b < std::min<pdata::thin_block>(found.end, volume_blocks + 50); ++b) {
        RC_ASSERT(mapped.contains(b) == (found.what == content::mapped));
        if (found.what == content::mapped)
          RC_ASSERT(mapped.at(b) == found.data_begin + (b - block));
        else
          RC_ASSERT(lost.contains(b) == (found.what == content::lost));
      }
    }
  }));
}

TEST(volume_map, runs_that_go_on_are_one_whatever_their_times) {
  auto builder = builder_of({{0, 10, 4, 0}, {4, 14, 4, 1}, {8, 30, 1, 1}}, 100);
  const auto map = builder.finish();
  EXPECT_EQ(map.runs().nr_runs(), 2U);
  EXPECT_EQ(map.at(2).end, 8U);
  EXPECT_EQ(map.extent().end, 9U);
  EXPECT_EQ(map.extent().data_end, 31U);
}

TEST(volume_map, the_largest_keys_are_no_trouble) {
  auto builder = builder_of({{5, 7, 1, 0}, {UINT64_MAX, 8, 1, 0}}, 100);
  const auto map = builder.finish();
  EXPECT_EQ(map.at(UINT64_MAX - 1).what, content::hole);
  EXPECT_EQ(map.at(6).end, UINT64_MAX);
  EXPECT_EQ(map.extent().end, UINT64_MAX);
}

TEST(volume_map, mappings_out_of_order_are_refused) {
  volume_map_builder builder(100);
  builder.add({5, 7, 2, 0});
  EXPECT_THROW(builder.add({6, 20, 1, 0}), pdata::error);
}

TEST(volume_map, a_run_takes_few_bytes) {
  run_table table;
  std::uint64_t data = 1;
  constexpr std::uint64_t nr_runs = 100000;
  for (std::uint64_t i = 0; i < nr_runs; ++i) {
    data = data * 25173 % 100000007;
    table.add(3 * i, data, 1);
  }
  table.finish();
  EXPECT_EQ(table.nr_runs(), nr_runs);
  EXPECT_LT(table.bytes(), nr_runs * 8);
}

TEST(volume_map, mappings_to_data_blocks_that_are_not_there_are_lost) {
  auto builder = builder_of({{0, 98, 4, 0}, {10, 200, 2, 0}}, 100);
  const auto map = builder.finish();
  EXPECT_EQ(map.at(0).what, content::mapped);
  EXPECT_EQ(map.at(0).end, 2U);
  EXPECT_EQ(map.at(2).what, content::lost);
  EXPECT_EQ(map.at(3).end, 4U);
  EXPECT_EQ(map.at(4).what, content::hole);
  EXPECT_EQ(map.at(11).what, content::lost);
  EXPECT_EQ(map.nr_lost_parts(), 2U);
}

// Where mappings are missing and no lost part can have had them, no hole is sure.
TEST(volume_map, what_is_missing_elsewhere_spoils_every_hole) {
  auto enough = builder_of({{0, 10, 4, 0}, {8, 20, 1, 0}}, 100);
  enough.expect(8);
  enough.lose({{3, 7}, "planted"});  // room for three beside what is mapped
  const auto sure = enough.finish();
  EXPECT_EQ(sure.nr_missing(), 3U);
  EXPECT_FALSE(sure.lost_anywhere());
  EXPECT_EQ(sure.at(7).what, content::hole);

  auto few = builder_of({{0, 10, 4, 0}, {8, 20, 1, 0}}, 100);
  few.expect(9);
  few.lose({{3, 7}, "planted"});
  const auto unsure = few.finish();
  EXPECT_TRUE(unsure.lost_anywhere());
  EXPECT_EQ(unsure.at(0).what, content::mapped);
  EXPECT_EQ(unsure.at(7).what, content::lost);
  EXPECT_EQ(unsure.at(9).end, UINT64_MAX);
  EXPECT_EQ(unsure.known_end(), std::nullopt);
}

TEST(volume_map, the_end_is_that_of_what_is_known) {
  auto closed = builder_of({{0, 10, 4, 0}}, 100);
  closed.lose({{6, 9}, "planted"});
  EXPECT_EQ(closed.finish().known_end(), 9U);
  auto open = builder_of({{0, 10, 4, 0}}, 100);
  open.lose({{6, std::nullopt}, "planted"});
  EXPECT_EQ(open.finish().known_end(), std::nullopt);
}

}  // namespace
}  // namespace thin_tools
