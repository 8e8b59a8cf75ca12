// Sorting by buckets against plain sorting; regions against their definition.
#include "thin-tools/rmap/leaf_runs.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

namespace thin_tools {
namespace {

TEST(leaf_runs_property, sorted_by_place) {
  EXPECT_TRUE(rc::check([] {
    const auto widest = *rc::gen::element<std::uint64_t>(1, 50, 5000, std::uint64_t{1} << 40);
    const auto places =
        *rc::gen::container<std::vector<std::uint64_t>>(rc::gen::inRange<std::uint64_t>(0, widest));
    std::vector<leaf_run> runs;
    for (const auto at : places) runs.emplace_back(at, 1 + at % 3, runs.size(), 1);
    const auto half = runs.size() / 2;
    const std::vector<std::span<const leaf_run>> lists = {
        std::span(runs).first(half), {}, std::span(runs).subspan(half)};

    auto sorted = sorted_by_place(lists);
    RC_ASSERT(std::ranges::is_sorted(sorted, {}, &leaf_run::place));
    std::ranges::sort(sorted, {}, &leaf_run::thin_begin);
    RC_ASSERT(std::ranges::equal(sorted, runs, {}, &leaf_run::place, &leaf_run::place));
  }));
}

TEST(region_index_property, parts_cover_the_regions_in_order) {
  EXPECT_TRUE(rc::check([] {
    const auto widest = *rc::gen::element<std::uint64_t>(20, 3000, UINT64_MAX);
    std::vector<region> regions;
    for (int n = *rc::gen::inRange(1, 5); n > 0; --n) {
      const auto begin = *rc::gen::inRange<std::uint64_t>(0, widest - 1);
      regions.push_back({begin, *rc::gen::inRange(begin + 1, widest)});
    }
    regions = join_regions(regions);
    const region_index index(regions);
    std::size_t last = 0;
    for (const auto& [begin, end] : regions) {
      constexpr pdata::data_block limit = std::uint64_t{1} << 40;
      RC_ASSERT((index.find(begin) != nullptr) == (begin < limit));
      RC_ASSERT((index.find(end - 1) != nullptr) == (end <= limit));
      const bool touched = std::ranges::find(regions, end, &region::begin) != regions.end();
      RC_ASSERT(touched || index.find(end) == nullptr);
      if (begin != 0) RC_ASSERT(index.find(begin - 1) == nullptr);
      if (begin >= limit) continue;
      const auto first_part = index.part_of(*index.find(begin), begin);
      const auto block = std::min(end, limit) - 1;
      const auto last_part = index.part_of(*index.find(block), block);
      RC_ASSERT(last <= first_part && first_part <= last_part && last_part < index.nr_parts());
      last = last_part;
    }
    RC_ASSERT(index.nr_parts() <= 256U);
  }));
}

}  // namespace
}  // namespace thin_tools
