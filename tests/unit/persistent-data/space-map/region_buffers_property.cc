// What is known of scattered blocks, put aside by region, against what is known of them one
// by one.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <set>
#include <thread>

#include "persistent-data/space-map/block_bits.h"
#include "persistent-data/space-map/block_tally.h"
#include "persistent-data/space-map/ref_counts.h"
#include "persistent-data/space-map/sole_owners.h"

namespace pdata {
namespace {

// More than two regions; some blocks come up very often.
constexpr std::uint64_t nr_blocks = 2 * buffered_region_blocks + 1000;

std::vector<std::uint64_t> any_blocks() {
  const auto distinct = *rc::gen::inRange<std::uint64_t>(1, 2000);
  const auto stride = *rc::gen::element<std::uint64_t>(1, 60, 16383);
  const auto size = *rc::gen::inRange<std::size_t>(0, 6000);
  std::uint64_t random = *rc::gen::arbitrary<std::uint64_t>() | 1;
  std::vector<std::uint64_t> blocks(size);
  for (auto& block : blocks) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    block = (random >> 33) % distinct * stride % nr_blocks;
  }
  return blocks;
}

TEST(region_buffers_property, several_threads_count_every_block) {
  EXPECT_TRUE(rc::check([] {
    const auto blocks = any_blocks();
    constexpr std::size_t nr_threads = 3;
    ref_counts counts(nr_blocks);
    block_bits bits(nr_blocks);
    {
      std::vector<std::jthread> threads;
      for (std::size_t thread = 0; thread < nr_threads; ++thread)
        threads.emplace_back([&] {
          region_buffers<std::uint16_t> mine(nr_blocks);
          const auto take = [&](std::uint64_t first, std::span<const std::uint16_t> places) {
            counts.increment_places(first, places);
            bits.set_places(first, places);
          };
          for (const auto block : blocks) mine.add(block, place_in_region(block), take);
          mine.finish(take);
        });
    }
    std::map<std::uint64_t, std::uint32_t> expected;
    for (const auto block : blocks) expected[block] += nr_threads;
    for (std::uint64_t block = 0; block < nr_blocks; ++block) {
      const auto found = expected.find(block);
      const auto count = found == expected.end() ? 0 : found->second;
      RC_ASSERT(counts.get(block) == count);
      RC_ASSERT(bits.get(block) == (count != 0));
    }
  }));
}

TEST(region_buffers_property, a_tally_counts_the_same_whatever_it_puts_aside) {
  EXPECT_TRUE(rc::check([] {
    const auto blocks = any_blocks();
    block_tally tally(nr_blocks, {.regions_at_once = *rc::gen::inRange<std::uint64_t>(0, 4),
                                  .regions_of_a_part = 1});
    std::map<std::uint64_t, std::uint32_t> expected;
    for (const auto block : blocks) {
      const auto length = std::min<std::uint64_t>(block % 7 == 0 ? 100 : 1, nr_blocks - block);
      tally.add(block, length);
      for (std::uint64_t i = 0; i < length; ++i) ++expected[block + i];
    }
    const auto& counts = tally.settle(0, nr_blocks);
    for (std::uint64_t block = 0; block < nr_blocks; ++block) {
      const auto found = expected.find(block);
      RC_ASSERT(counts.get(block) == (found == expected.end() ? 0 : found->second));
    }
  }));
}

TEST(region_buffers_property, owners_have_what_nobody_else_maps) {
  using owners = sole_owners<std::uint8_t>;
  EXPECT_TRUE(rc::check([] {
    owners known(nr_blocks);
    owners::buffers claims(nr_blocks);
    std::vector<std::int64_t> exclusive(255);
    const auto take = [&](std::uint64_t first, std::span<const owners::claim> some) {
      known.take(
          first, some, [&](std::uint8_t owner) { ++exclusive[owner]; },
          [&](std::uint8_t owner) { --exclusive[owner]; });
    };
    std::map<std::uint64_t, std::set<unsigned>> owners_of;
    for (const auto block : any_blocks()) {
      const auto owner = *rc::gen::element<std::uint8_t>(1, 2, 254, owners::several);
      claims.add(block, {place_in_region(block), owner}, take);
      owners_of[block].insert(owner);
      if (owner == owners::several) owners_of[block].insert(1000);
    }
    claims.finish(take);
    std::vector<std::int64_t> expected(255);
    for (const auto& [block, some] : owners_of)
      if (some.size() == 1) ++expected[*some.begin()];
    RC_ASSERT(exclusive == expected);
  }));
}

}  // namespace
}  // namespace pdata
