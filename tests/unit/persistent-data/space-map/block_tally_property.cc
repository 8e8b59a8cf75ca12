// Counts are the same whether they fit in memory or are put aside.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>

#include "persistent-data/space-map/block_tally.h"

namespace pdata {
namespace {

constexpr std::uint64_t region = ref_counts::region_blocks;

TEST(block_tally_property, counts_each_block_whatever_the_memory) {
  EXPECT_TRUE(rc::check([] {
    const std::uint64_t nr_blocks = 7 * region + 12345;
    tally_memory memory;
    memory.regions_at_once = *rc::gen::inRange<std::uint64_t>(0, 5);
    memory.regions_of_a_part = *rc::gen::inRange<std::uint64_t>(1, 4);
    block_tally tally(nr_blocks, memory);
    std::map<std::uint64_t, std::uint64_t> changes;  // of the count, by block
    const auto add = [&](std::uint64_t first, std::uint64_t length) {
      tally.add(first, length);
      ++changes[first];
      --changes[first + length];
    };
    const int nr_runs = *rc::gen::inRange(0, 40);
    for (int i = 0; i < nr_runs; ++i) {
      const auto first = *rc::gen::inRange<std::uint64_t>(0, nr_blocks);
      const auto length = *rc::gen::inRange<std::uint64_t>(1, 2 * region);
      add(first, std::min(length, nr_blocks - first));
    }
    // More than a chunk of runs in some part, and counts of more than a byte.
    const auto often = *rc::gen::inRange<std::uint64_t>(0, nr_blocks - 600);
    const auto times = *rc::gen::element(0U, 2U, 300U, 2000U);
    for (std::uint64_t i = 0; i < times; ++i) add(often + i % 2, 3);

    const std::uint64_t step = *rc::gen::inRange<std::uint64_t>(region / 7, 3 * region);
    std::uint64_t expected = 0;
    auto change = changes.begin();
    for (std::uint64_t first = 0; first < nr_blocks; first += step) {
      const auto end = std::min(nr_blocks, first + step);
      const ref_counts& counts = tally.settle(first, end);
      for (std::uint64_t block = first; block < end; ++block) {
        for (; change != changes.end() && change->first == block; ++change)
          expected += change->second;
        if (counts.get(block) != expected) RC_FAIL("block " + std::to_string(block));
      }
    }
  }));
}

// Enough for the largest pool: a few dozen MiB, however many blocks are counted.
TEST(block_tally, takes_no_more_memory_than_it_is_given) {
  tally_memory memory;
  memory.regions_at_once = 2;
  memory.regions_of_a_part = 3;
  const std::uint64_t nr_regions = 20;
  block_tally tally(nr_regions * region, memory);
  for (std::uint64_t i = 0; i < nr_regions; ++i) tally.add((i * 7 % nr_regions) * region, region);
  std::uint64_t most = 0;
  for (std::uint64_t first = 0; first < nr_regions * region; first += region) {
    const ref_counts& counts = tally.settle(first, first + region);
    std::uint64_t present = 0;
    for (std::uint64_t i = 0; i < nr_regions; ++i) present += counts.region_untouched(i) ? 0 : 1;
    most = std::max(most, present);
    EXPECT_EQ(counts.get(first), 1U);
  }
  EXPECT_LE(most, memory.regions_at_once + memory.regions_of_a_part);
}

}  // namespace
}  // namespace pdata
