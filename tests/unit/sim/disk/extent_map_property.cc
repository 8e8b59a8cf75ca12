#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "sim/disk/extent_map.h"

namespace sim {
namespace {

// What a sector holds: a seed (0: nothing) and the sector that its stamp names.
struct plain_sector {
  std::uint64_t seed = 0;
  sector named = 0;
  friend bool operator==(const plain_sector&, const plain_sector&) = default;
};

// A map and a plain array, changed alike.
class map_beside_array {
 public:
  explicit map_beside_array(sector size) : plain_(size) {}

  sector size() const { return plain_.size(); }

  void put(sector first, sector count, std::uint64_t seed, sector named) {
    map_.put(first, count, content::stamped(seed, named));
    for (sector i = 0; i < count; ++i) plain_[first + i] = {seed, named + i};
  }
  void erase(sector first, sector count) {
    map_.erase(first, count);
    for (sector i = 0; i < count; ++i) plain_[first + i] = {};
  }

  // Pieces cover the range in order, and each sector is what the last change said.
  bool agrees_in(sector first, sector count) const {
    sector at = first;
    bool agrees = true;
    map_.visit(
        first, count,
        [&](sector begin, sector n, const content& what) {
          agrees = agrees && begin == at && n != 0;
          for (sector i = 0; i < n && agrees; ++i, ++at)
            agrees = plain_[at] == plain_sector{what.seed(), what.at(i).stamped_sector()};
        },
        [&](sector begin, sector n) {
          agrees = agrees && begin == at && n != 0;
          for (sector i = 0; i < n && agrees; ++i, ++at) agrees = plain_[at].seed == 0;
        });
    return agrees && at == first + count;
  }

  // All runs are there, in order, and none continues the one before.
  bool is_made_of_longest_runs() const {
    std::size_t runs = 0;
    for (sector i = 0; i < size(); ++i) {
      const auto& here = plain_[i];
      if (here.seed == 0) continue;
      if (i == 0 || plain_[i - 1].seed != here.seed || plain_[i - 1].named + 1 != here.named)
        ++runs;
    }
    std::size_t found = 0;
    sector end = 0;
    bool in_order = true;
    map_.visit_all([&](sector first, sector count, const content&) {
      in_order = in_order && first >= end;
      end = first + count;
      ++found;
    });
    return in_order && found == runs && map_.nr_runs() == runs && map_.empty() == (runs == 0);
  }

 private:
  extent_map map_;
  std::vector<plain_sector> plain_;
};

RC_GTEST_PROP(extent_map, agrees_with_a_plain_array, ()) {
  constexpr sector map_sectors = 60;
  map_beside_array both(map_sectors);
  const auto changes = *rc::gen::container<std::vector<std::pair<std::uint64_t, std::uint64_t>>>(
      rc::gen::pair(rc::gen::inRange<std::uint64_t>(0, map_sectors),
                    rc::gen::inRange<std::uint64_t>(0, map_sectors)));
  for (const auto& [first, length] : changes) {
    const sector count = std::min<sector>(length, map_sectors - first);
    const auto seed = *rc::gen::inRange<std::uint64_t>(0, 3);
    if (seed == 0)
      both.erase(first, count);
    else
      both.put(first, count, seed, first);
  }
  RC_ASSERT(both.agrees_in(0, map_sectors));
  RC_ASSERT(both.is_made_of_longest_runs());
}

// Leaves and branches split and go: tens of thousands of runs, scattered or ascending, then
// most of them erased.
class large_extent_map : public testing::TestWithParam<bool> {};

TEST_P(large_extent_map, agrees_with_a_plain_array) {
  constexpr sector map_sectors = 400'000;
  constexpr unsigned changes = 100'000;
  map_beside_array both(map_sectors);
  std::mt19937_64 random(1);
  sector next = 0;
  for (unsigned i = 0; i < changes; ++i) {
    next = GetParam() ? (next + 1 + random() % 8) % map_sectors : random() % map_sectors;
    const sector longest = random() % 1000 == 0 ? map_sectors / 8 : 12;
    const sector count = std::min<sector>(random() % longest, map_sectors - next);
    const bool erases = random() % 10 < (i > changes * 3 / 4 ? 8U : 1U);
    if (erases)
      both.erase(next, count);
    else
      both.put(next, count, 1 + random() % 1000, random() % 2 == 0 ? next : sector(random() >> 8));
    const sector from = random() % map_sectors;
    if (i % 64 == 0) {
      ASSERT_TRUE(both.agrees_in(from, std::min<sector>(1000, map_sectors - from))) << i;
    }
    if (i % (changes / 8) == 0) {
      ASSERT_TRUE(both.agrees_in(0, map_sectors)) << i;
      ASSERT_TRUE(both.is_made_of_longest_runs()) << i;
    }
  }
  EXPECT_TRUE(both.agrees_in(0, map_sectors));
  EXPECT_TRUE(both.is_made_of_longest_runs());
  both.erase(0, map_sectors);
  EXPECT_TRUE(both.is_made_of_longest_runs());
}
INSTANTIATE_TEST_SUITE_P(scattered, large_extent_map, testing::Values(false));
INSTANTIATE_TEST_SUITE_P(ascending, large_extent_map, testing::Values(true));

}  // namespace
}  // namespace sim
