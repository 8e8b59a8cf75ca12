#include "sim/replay/written_map.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

namespace sim::replay {

namespace {

constexpr sector places[] = {0, 4000, (1 << 18) - 100, (sector{1} << 40) - 60};
constexpr sector window = 300;

// The same, sector by sector.
using plain_map = std::map<sector, std::uint64_t>;

sector any_first() {
  return *rc::gen::elementOf(std::vector<sector>(std::begin(places), std::end(places))) +
         *rc::gen::inRange<std::uint64_t>(0, window);
}

void expect_equal(const written_map& map, const plain_map& plain) {
  for (const sector place : places) {
    sector next = place;
    map.visit(place, 2 * window, [&](sector first, sector count, written_value value) {
      RC_ASSERT(first == next && count != 0);
      for (sector at = first; at < first + count; ++at) {
        const auto found = plain.find(at);
        RC_ASSERT(value == (found == plain.end() ? written_value() : found->second));
      }
      next = first + count;
    });
    RC_ASSERT(next == place + 2 * window);
  }
  plain_map all;
  map.visit_present([&](sector first, sector count, std::uint64_t number) {
    for (sector at = first; at < first + count; ++at) all[at] = number;
  });
  RC_ASSERT(all == plain);
}

void change(written_map& map, plain_map& plain, std::uint64_t number) {
  const sector first = any_first();
  const auto count = *rc::gen::inRange<std::uint64_t>(1, window);
  const bool erases = *rc::gen::inRange(0, 4) == 0;
  if (erases)
    map.erase(first, count);
  else
    map.put(first, count, number);
  for (sector at = first; at < first + count; ++at) {
    plain.erase(at);
    if (!erases) plain[at] = number;
  }
}

}  // namespace

RC_GTEST_PROP(WrittenMap, HoldsWhatWasWrittenLastAndCopiesStayAsTheyAre, ()) {
  written_map map;
  plain_map plain;
  std::vector<std::pair<written_map, plain_map>> copies;
  const auto steps = *rc::gen::inRange(1, 40);
  for (int i = 0; i < steps; ++i) {
    change(map, plain, static_cast<std::uint64_t>(i));
    if (i % 7 == 3) copies.emplace_back(map, plain);
  }
  expect_equal(map, plain);
  for (const auto& [copy, wanted] : copies) expect_equal(copy, wanted);
}

TEST(WrittenMap, ErasesALargeRangeAtOnce) {
  written_map map;
  map.put(5, 10, 1);
  map.put(written_map::size_max - 1, 1, 2);
  map.erase(0, written_map::size_max);
  map.visit(0, written_map::size_max, [](sector first, sector count, written_value value) {
    EXPECT_EQ(first, 0U);
    EXPECT_EQ(count, written_map::size_max);
    EXPECT_FALSE(value);
  });
}

}  // namespace sim::replay
