// Records come out in order, all of them, however little memory there is.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "persistent-data/io/external_sorter.h"

namespace pdata {
namespace {

struct record {
  std::uint32_t key;
  std::uint32_t value;
  auto operator<=>(const record&) const = default;
};

TEST(external_sorter_property, sorts_as_a_vector_is_sorted) {
  EXPECT_TRUE(rc::check([] {
    const auto keys = *rc::gen::resize(400, rc::gen::arbitrary<std::vector<std::uint16_t>>());
    const auto memory_records = *rc::gen::inRange<std::size_t>(1, 40);
    const auto fan_in = *rc::gen::inRange<std::size_t>(1, 6);
    external_sorter<record> sorter(memory_records * sizeof(record), fan_in);
    std::vector<record> expected;
    for (std::uint32_t i = 0; i < keys.size(); ++i) {
      expected.push_back({keys[i] % 50U, i});
      sorter.add(expected.back());
    }
    std::ranges::sort(expected);
    std::vector<record> sorted;
    sorter.drain([&](const record& one) { sorted.push_back(one); });
    RC_ASSERT(sorted == expected);
  }));
}

}  // namespace
}  // namespace pdata
