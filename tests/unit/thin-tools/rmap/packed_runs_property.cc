#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <tuple>

#include "thin-tools/rmap/leaf_runs.h"

namespace thin_tools {
namespace {

using fields = std::tuple<pdata::data_block, std::uint64_t, pdata::thin_block, pdata::owner_set_id>;

TEST(packed_runs_property, come_back_as_they_went_in) {
  EXPECT_TRUE(rc::check([] {
    std::vector<fields> expected;
    packed_runs packed;
    const auto nr_runs = *rc::gen::inRange(0, 300);
    for (int i = 0; i < nr_runs; ++i) {
      const auto data = *rc::gen::inRange<std::uint64_t>(0, pdata::data_block{1} << 40);
      const auto length = *rc::gen::element<std::uint64_t>(1, 2, 252, 336);
      const auto thin = *rc::gen::arbitrary<std::uint64_t>();
      const auto owners = *rc::gen::arbitrary<pdata::owner_set_id>();
      expected.emplace_back(data, length, thin, owners);
      packed.add({data, length, thin, owners});
    }
    std::vector<fields> found;
    for (const auto& run : packed.unpacked())
      found.emplace_back(run.data_begin(), run.length(), run.thin_begin(), run.owners());
    RC_ASSERT(found == expected);
    RC_ASSERT(packed.empty() == expected.empty());
  }));
}

}  // namespace
}  // namespace thin_tools
