// The lowest owner of each block and whether there are others, whatever a number can hold and in
// whatever order the claims come.
#include "thin-tools/report/block_owners.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace thin_tools::report {
namespace {

template <class Number>
class block_owners_test : public testing::Test {};
using numbers = testing::Types<std::uint8_t, std::uint16_t, std::uint32_t>;
TYPED_TEST_SUITE(block_owners_test, numbers);

TYPED_TEST(block_owners_test, claims_are_kept_whatever_their_order) {
  constexpr std::uint64_t nr_blocks = 200'000;
  constexpr auto highest = block_owners<TypeParam>::owners_max - 1;
  for (unsigned seed = 0; seed < 5; ++seed) {
    std::mt19937_64 random(seed);
    block_owners<TypeParam> owners(nr_blocks);
    std::map<std::uint64_t, std::set<std::uint32_t>> expected;
    for (int i = 0; i < 5000; ++i) {
      const auto block = random() % 3 == 0 ? nr_blocks - 1 - random() % 50 : random() % 2000;
      const auto owner = static_cast<std::uint32_t>(random() % 4 == 0 ? highest : random() % 3);
      const bool several = random() % 8 == 0;
      const auto before = owners.claim(
          block, owner, several ? page::mapped_by::several : page::mapped_by::one_device);
      auto& known = expected[block];
      EXPECT_EQ(before.has_value(), !known.empty() && *known.begin() != owner);
      if (before) {
        EXPECT_EQ(*before, *known.begin());
      }
      known.insert(owner);
      if (several) known.insert(highest + 1);  // somebody
    }
    std::uint64_t counted = 0;
    std::uint64_t behind = 0;
    owners.for_each_run([&](std::uint64_t first, std::uint64_t count, std::uint32_t owner,
                            page::mapped_by how_many) {
      EXPECT_GE(first, behind);
      behind = first + count;
      counted += count;
      for (auto block = first; block < first + count; ++block) {
        ASSERT_TRUE(expected.contains(block)) << block;
        EXPECT_EQ(owner, *expected[block].begin());
        EXPECT_EQ(how_many == page::mapped_by::several, expected[block].size() > 1);
      }
    });
    EXPECT_EQ(counted, expected.size());
  }
}

}  // namespace
}  // namespace thin_tools::report
