// The reverse map against the plainest one.
#include "thin-tools/rmap/rmap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "tests/unit/support/built_pool.h"
#include "thin-tools/console/command_line.h"

namespace thin_tools {
namespace {

using test_support::built_pool;

std::vector<reverse_run> plain_map(const built_pool& pool, const std::vector<region>& regions) {
  std::vector<reverse_run> runs;
  for (const auto& [device, table] : pool.mappings) {
    bool open = false;
    for (const auto& [thin, mapping] : table) {
      const auto inside = [&](const region& r) {
        return mapping.block >= r.begin && mapping.block < r.end;
      };
      if (std::ranges::none_of(regions, inside)) {
        open = false;
        continue;
      }
      if (open && runs.back().thin_begin + runs.back().length == thin &&
          runs.back().data_begin + runs.back().length == mapping.block)
        ++runs.back().length;
      else
        runs.push_back({mapping.block, 1, device, thin});
      open = true;
    }
  }
  std::ranges::sort(runs, {}, [](const reverse_run& r) {
    return std::tuple(r.data_begin, r.length, r.device, r.thin_begin);
  });
  return runs;
}

TEST(rmap_property, every_sharer_is_found) {
  EXPECT_TRUE(rc::check([] {
    built_pool pool(*test_support::any_pool());
    const auto nr_blocks = pool.expected.superblock.nr_data_blocks;
    std::vector<region> regions;
    for (int n = *rc::gen::inRange(1, 4); n > 0; --n) {
      const auto begin = *rc::gen::inRange<std::uint64_t>(0, nr_blocks);
      const auto length = *rc::gen::inRange<std::uint64_t>(1, nr_blocks + 1);
      regions.push_back({begin, begin + length});
    }
    regions = join_regions(regions);
    const reverse_map found(pool.reader, pool.layout, regions, pool.damage);
    std::vector<reverse_run> runs;
    std::size_t first_part = found.nr_parts();
    for (std::size_t part = 0; part < found.nr_parts(); ++part) {
      found.visit(part, [&](const reverse_run& run) { runs.push_back(run); });
      if (!runs.empty()) first_part = std::min(first_part, part);
    }
    RC_ASSERT(!found.is_damaged());
    RC_ASSERT(runs == plain_map(pool, regions));
    RC_ASSERT(found.first_part() == first_part);
  }));
}

TEST(region, two_numbers_with_two_dots) {
  EXPECT_EQ(parse_region("23..7890"), (region{23, 7890}));
  EXPECT_EQ(parse_region("0..18446744073709551615"), (region{0, UINT64_MAX}));
  for (const auto* text : {"", "..", "23", "23,78", "23..six", "a..7", "8..8", "9..8", "8..", "..8",
                           "8...9", "5..7x", "5..7..9", "0..-1", "-1..3", " 1..2", "1..2 "})
    EXPECT_THROW(parse_region(text), usage_error) << text;
}

TEST(region, overlapping_ones_are_joined) {
  EXPECT_EQ(join_regions({{20, 30}, {0, 5}, {5, 7}, {25, 40}, {21, 22}}),
            (std::vector<region>{{0, 7}, {20, 40}}));
  EXPECT_TRUE(join_regions({}).empty());
}

}  // namespace
}  // namespace thin_tools
