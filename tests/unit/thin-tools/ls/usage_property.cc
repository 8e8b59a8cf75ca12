// Numbers of each device against counts of every mapping.
#include "thin-tools/ls/usage.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/support/built_pool.h"
#include "thin-tools/console/command_line.h"
#include "thin-tools/ls/fields.h"

namespace thin_tools {
namespace {

using test_support::built_pool;

TEST(usage_property, exclusive_blocks_have_one_device) {
  EXPECT_TRUE(rc::check([] {
    built_pool pool(*test_support::any_pool());
    std::map<pdata::data_block, std::set<pdata::device_id>> users;
    for (const auto& [device, table] : pool.mappings)
      for (const auto& [thin, mapping] : table) users[mapping.block].insert(device);

    const auto usage = find_usage(pool.reader, pool.layout, usage_depth::mappings, pool.damage);
    RC_ASSERT(!usage.damaged);
    RC_ASSERT(usage.devices.size() == pool.mappings.size());
    for (const auto& row : usage.devices) {
      const auto& table = pool.mappings.at(row.device);
      std::uint64_t exclusive = 0;
      for (const auto& [block, devices] : users)
        exclusive += devices == std::set{row.device} ? 1 : 0;
      RC_ASSERT(row.exclusive_blocks == exclusive);
      RC_ASSERT(row.shared_blocks == table.size() - exclusive);
      RC_ASSERT(row.highest_block.has_value() == !table.empty());
      if (!table.empty()) RC_ASSERT(*row.highest_block == table.rbegin()->first);
    }
  }));
}

TEST(ls_fields, sizes_are_rounded_to_the_nearest_unit) {
  EXPECT_EQ(readable_size(0), "0");
  EXPECT_EQ(readable_size(8192), "8192");
  EXPECT_EQ(readable_size(8193), "8KiB");
  EXPECT_EQ(readable_size(8912896), "9MiB");  // 8.5
  EXPECT_EQ(readable_size(18284544), "17MiB");
  EXPECT_EQ(readable_size(65536000000), "61GiB");
  EXPECT_EQ(readable_size(UINT64_MAX), "16EiB");
}

TEST(ls_fields, a_list_may_repeat_and_have_gaps) {
  const auto fields = parse_fields("DEV,,MAPPED,DEV,");
  ASSERT_EQ(fields.size(), 3U);
  EXPECT_EQ(fields[1]->name, "MAPPED");
  EXPECT_EQ(fields[2]->name, "DEV");
  EXPECT_TRUE(parse_fields("").empty());
  EXPECT_THROW(parse_fields("DEV,mapped"), usage_error);
}

}  // namespace
}  // namespace thin_tools
