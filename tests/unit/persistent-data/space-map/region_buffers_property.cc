// What is known of scattered blocks, put aside by region, against what is known of them one
// by one.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <thread>

#include "persistent-data/base/checked_math.h"
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

// Every other block is marked by what counts it, once to three times, some by hand afterwards.
TEST(region_buffers_property, several_threads_count_and_mark_every_block) {
  EXPECT_TRUE(rc::check([] {
    const auto blocks = any_blocks();
    constexpr std::size_t nr_threads = 3;
    ref_counts counts(nr_blocks);
    {
      std::vector<std::jthread> threads;
      for (std::size_t thread = 0; thread < nr_threads; ++thread)
        threads.emplace_back([&, thread] {
          region_buffers<std::uint16_t> marked(nr_blocks);
          region_buffers<std::uint16_t> others(nr_blocks);
          const auto mark = [&](std::uint64_t first, std::span<const std::uint16_t> places) {
            counts.mark_places(first, places);
          };
          const auto count = [&](std::uint64_t first, std::span<const std::uint16_t> places) {
            counts.increment_places(first, places);
          };
          for (std::size_t i = thread; i < blocks.size(); ++i)
            if (i % nr_threads < thread)
              continue;
            else if (i % 2 == 0)
              marked.add(blocks[i], place_in_region(blocks[i]), mark);
            else
              others.add(blocks[i], place_in_region(blocks[i]), count);
          marked.finish(mark);
          others.finish(count);
        });
    }
    std::map<std::uint64_t, std::uint32_t> expected;
    std::set<std::uint64_t> marks;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      expected[blocks[i]] += static_cast<std::uint32_t>(i % nr_threads) + 1;
      if (i % 2 == 0) marks.insert(blocks[i]);
    }
    for (std::size_t i = 1; i < std::min<std::size_t>(blocks.size(), 9); i += 2) {
      counts.mark(blocks[i]);
      marks.insert(blocks[i]);
    }
    if (!blocks.empty() && blocks[0] % 2 == 0) {
      counts.add(blocks[0], 1000);
      expected[blocks[0]] += 1000;
    }
    std::vector<std::uint64_t> marked_repeated;
    std::vector<std::uint64_t> repeated;
    counts.for_each_marked_repeated([&](auto block) { marked_repeated.push_back(block); });
    counts.for_each_repeated([&](auto block) { repeated.push_back(block); });
    std::vector<std::uint64_t> expected_marked;
    std::vector<std::uint64_t> expected_repeated;
    std::vector<std::uint8_t> small(buffered_region_blocks);
    for (std::uint64_t block = 0; block < nr_blocks; ++block) {
      if (block % buffered_region_blocks == 0) {
        small.resize(to_size(std::min(buffered_region_blocks, nr_blocks - block)));
        counts.copy_small(block, small);
      }
      const auto found = expected.find(block);
      const auto count = found == expected.end() ? 0 : found->second;
      RC_ASSERT(counts.get(block) == count);
      RC_ASSERT(small[block % buffered_region_blocks] == std::min(count, 127U));
      if (count > 1) expected_repeated.push_back(block);
      if (count > 1 && marks.contains(block)) expected_marked.push_back(block);
    }
    for (std::uint64_t block = 0; block + entries_per_bitmap_word <= nr_blocks;
         block += entries_per_bitmap_word) {
      std::array<std::uint8_t, entries_per_bitmap_word> of_word;
      counts.copy_small(block, of_word);
      RC_ASSERT(counts.bitmap_word(block) == encode_bitmap_word(of_word));
    }
    // From any block on, as few as any.
    if (!blocks.empty()) {
      const auto first = blocks.front() - std::min(blocks.front() % buffered_region_blocks,
                                                   *rc::gen::inRange<std::uint64_t>(0, 4));
      const auto room =
          std::min(buffered_region_blocks - first % buffered_region_blocks, nr_blocks - first);
      small.resize(to_size(std::min(room, *rc::gen::inRange<std::uint64_t>(1, 50))));
      counts.copy_small(first, small);
      for (std::size_t i = 0; i < small.size(); ++i)
        RC_ASSERT(small[i] == std::min(counts.get(first + i), 127U));
    }
    RC_ASSERT(repeated == expected_repeated);
    RC_ASSERT(marked_repeated == expected_marked);
  }));
}

// So often that the small count is full before the mark comes.
TEST(region_buffers, blocks_that_are_counted_very_often_are_marked_too) {
  ref_counts counts(nr_blocks);
  const std::vector<std::uint16_t> often(200, 5);
  const std::vector<std::uint16_t> once{5};
  counts.increment_places(0, often);
  counts.mark_places(0, once);
  std::vector<std::uint64_t> marked;
  counts.for_each_marked_repeated([&](auto block) { marked.push_back(block); });
  EXPECT_EQ(marked, std::vector<std::uint64_t>{5});
  EXPECT_EQ(counts.get(5), 201u);
}

TEST(region_buffers_property, bits_are_those_that_were_set) {
  EXPECT_TRUE(rc::check([] {
    const auto blocks = any_blocks();
    block_bits bits(nr_blocks);
    std::set<std::uint64_t> expected;
    for (const auto block : blocks) RC_ASSERT(bits.set(block) == !expected.insert(block).second);
    std::vector<std::uint64_t> found;
    bits.for_each([&](auto block) { found.push_back(block); });
    RC_ASSERT(std::ranges::equal(found, expected));
    for (std::uint64_t block = 0; block < nr_blocks; block += 97)
      RC_ASSERT(bits.get(block) == expected.contains(block));
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
