// What disks may hold after a loss of power, and what sectors promise.
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/explore/data_states.h"
#include "sim/explore/metadata_states.h"
#include "sim/explore/sector_promise.h"

namespace sim::explore {
namespace {

// By seed; 0 for zeroes.
std::vector<std::vector<std::uint64_t>> seeds_of(const data_states& disk, sector first,
                                                 sector count) {
  std::vector<std::vector<std::uint64_t>> all;
  disk.visit(first, count, [&](sector, sector n, const std::vector<content>& contents) {
    std::vector<std::uint64_t> seeds;
    for (const auto& c : contents) seeds.push_back(c.seed());
    std::ranges::sort(seeds);
    for (sector i = 0; i < n; ++i) all.push_back(seeds);
  });
  return all;
}

TEST(data_states, a_sector_holds_any_write_since_the_last_flush) {
  data_states disk(8, content::stamped(9, 0));
  disk.write_began(0, 3, content::stamped(1, 0));
  disk.write_began(2, 2, content::stamped(2, 2));
  using seeds = std::vector<std::uint64_t>;
  EXPECT_EQ(seeds_of(disk, 1, 4), (std::vector<seeds>{{1, 9}, {1, 2, 9}, {2, 9}, {9}}));
  disk.flushed();
  EXPECT_EQ(seeds_of(disk, 1, 4), (std::vector<seeds>{{1}, {2}, {2}, {9}}));
}

TEST(data_states, fua_supersedes_what_was_cached) {
  data_states disk(8, content());
  disk.write_began(0, 4, content::stamped(1, 0));
  disk.write_began(1, 1, content::stamped(2, 1));
  disk.write_is_durable(1, 1, content::stamped(2, 1));
  using seeds = std::vector<std::uint64_t>;
  EXPECT_EQ(seeds_of(disk, 0, 3), (std::vector<seeds>{{0, 1}, {2}, {0, 1}}));
}

TEST(data_states, a_discard_wipes_at_any_time_until_it_has_ended) {
  data_states disk(8, content::stamped(9, 0));
  disk.discard_began(0, 1);
  disk.write_began(0, 1, content::stamped(1, 0));
  disk.flushed();
  using seeds = std::vector<std::uint64_t>;
  EXPECT_EQ(seeds_of(disk, 0, 1), (std::vector<seeds>{{0, 1}}));
  disk.discard_ended(0, 1);
  disk.flushed();
  EXPECT_EQ(seeds_of(disk, 0, 1), (std::vector<seeds>{{0}}));
}

TEST(metadata_states, a_block_is_torn_at_sectors_that_differ) {
  for (const auto& [unit, expected] : {std::pair<sector, std::size_t>{1, 4}, {8, 2}}) {
    metadata_states disk(unit);
    byte_buffer bytes(pdata::block_size);
    bytes[0] = std::byte{1};
    bytes[4095] = std::byte{2};
    disk.write_began(8, 8, content::copy_of(bytes));
    bool is_all = true;
    EXPECT_EQ(disk.alternatives(1, 100, is_all).size(), expected);
    EXPECT_TRUE(is_all);
    EXPECT_EQ(disk.alternatives(2, 100, is_all).size(), 1U);
    disk.alternatives(1, 1, is_all);
    EXPECT_FALSE(is_all);
  }
}

std::vector<std::uint64_t> allowed(const sector_promise& device, sector at) {
  std::vector<std::uint64_t> seeds;
  for (const auto& [first, s] : device.segments())
    if (at >= first && at < first + s.count)
      for (const auto& v : s.versions) seeds.push_back(v.what.seed());
  return seeds;
}

TEST(sector_promise, a_flush_makes_durable_what_was_acknowledged_before_it) {
  sector_promise device(16);
  const int a = 0;
  const int b = 0;
  device.write_began(0, 8, content::stamped(1, 0), &a);
  device.write_began(4, 8, content::stamped(2, 4), &b);
  device.request_done(0, 8, &a, write_kind::cached, 1);
  device.flushed(2);
  using seeds = std::vector<std::uint64_t>;
  EXPECT_EQ(allowed(device, 0), (seeds{1}));
  EXPECT_EQ(allowed(device, 5), (seeds{1, 2}));
  EXPECT_EQ(allowed(device, 9), (seeds{0, 2}));
  device.request_done(4, 8, &b, write_kind::cached, 2);
  device.flushed(2);
  EXPECT_EQ(allowed(device, 9), (seeds{0, 2})) << "it was acknowledged after the flush began";
  device.flushed(3);
  EXPECT_EQ(allowed(device, 5), (seeds{2}));
  EXPECT_EQ(allowed(device, 12), (seeds{0}));
}

TEST(sector_promise, a_discard_promises_nothing) {
  sector_promise device(8);
  const int a = 0;
  device.write_began(0, 8, content::stamped(1, 0), &a);
  device.request_done(0, 8, &a, write_kind::fua, 1);
  device.discard_began(0, 8, &a);
  device.request_done(0, 8, &a, write_kind::cached, 1);
  device.flushed(2);
  EXPECT_EQ(allowed(device, 3), (std::vector<std::uint64_t>{1, 0}));
}

}  // namespace
}  // namespace sim::explore
