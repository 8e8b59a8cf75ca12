// A search by a guess finds what a plain one finds, whatever the guess is worth.
#include "persistent-data/base/near_search.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace pdata {

namespace {

RC_GTEST_PROP(near_search, finds_what_a_plain_search_finds,
              (const std::set<std::uint16_t>& drawn)) {
  RC_PRE(!drawn.empty());
  const std::vector<std::uint64_t> keys(drawn.begin(), drawn.end());
  const auto key_at = [&](std::size_t i) { return keys.at(i); };
  const auto lowest = *rc::gen::inRange<std::uint64_t>(0, 70'000);
  const auto end = *rc::gen::inRange<std::uint64_t>(0, 70'000);
  for (std::uint64_t key :
       {keys.front(), keys.back(), keys.back() + 1, *rc::gen::inRange<std::uint64_t>(0, 70'000)}) {
    const auto behind = std::ranges::upper_bound(keys, key);
    const auto plain = behind == keys.begin() ? 0 : behind - keys.begin() - 1;
    RC_ASSERT(last_not_above(keys.size(), key, lowest, end, key_at) ==
              static_cast<std::size_t>(plain));
    RC_ASSERT(last_not_above(keys.size(), key, keys.front(), keys.back(), key_at) ==
              static_cast<std::size_t>(plain));
  }
}

TEST(near_search, looks_at_few_keys_where_they_lie_evenly) {
  std::size_t looks = 0;
  const auto key_at = [&](std::size_t i) {
    ++looks;
    return std::uint64_t{i} * 16;
  };
  for (std::uint64_t key = 0; key < 16'000; key += 7)
    EXPECT_EQ(last_not_above(1000, key, 0, 16'000, key_at), key / 16);
  EXPECT_LE(looks, 3 * 16'000 / 7 + 3);
}

}  // namespace

}  // namespace pdata
