// Pools of random streams, read back and counted again.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>

#include "persistent-data/stream/pool_builder.h"
#include "persistent-data/stream/stream_spool.h"
#include "persistent-data/stream/stream_validator.h"
#include "tests/unit/support/pool_audit.h"
#include "tests/unit/support/random_streams.h"

namespace pdata {
namespace {

constexpr metadata_block device_blocks = 3000;

void expect_pool(const test_support::generated_pool& expected, pool_build_options how) {
  stream_spool spool;
  stream_validator validator(spool);
  expected.play(validator);
  validator.expect_complete();

  const auto rehearsal = pool_builder::rehearsal(device_blocks, how);
  spool.replay(*rehearsal);
  memory_device device(device_blocks);
  {
    pool_builder builder(device, how);
    spool.replay(builder);
  }
  const auto pool = test_support::audit_pool(device);
  RC_ASSERT(pool.nr_metadata_used == rehearsal->blocks_needed());
  RC_ASSERT(pool.superblock.transaction_id == expected.superblock.transaction_id);
  RC_ASSERT(pool.devices.size() == expected.devices.size());
  for (const auto& device_made : expected.devices) {
    const auto& found = pool.devices.at(device_made.id);
    RC_ASSERT(found.details == device_made.details);
    RC_ASSERT(found.mappings == expected.mappings_of(device_made));
  }
}

TEST(pool_builder_property, pools_are_exactly_what_the_stream_says) {
  EXPECT_TRUE(rc::check([] { expect_pool(*test_support::any_pool(), {}); }));
}

TEST(pool_builder_property, identical_leaves_change_nothing_but_the_size) {
  EXPECT_TRUE(rc::check([] {
    pool_build_options how{.find_identical_leaves = true};
    how.end_leaves_at_times = *rc::gen::arbitrary<bool>();
    how.end_leaves_alike = *rc::gen::arbitrary<bool>();
    how.leaf_entries = *rc::gen::element(UINT32_MAX, 240U, 126U);
    expect_pool(*test_support::any_pool(), how);
  }));
}

// Like snapshots between which a device got a few new mappings here and there.
TEST(pool_builder_property, leaves_that_end_alike_change_nothing_but_the_size) {
  EXPECT_TRUE(rc::check([] {
    test_support::generated_pool pool;
    pool.superblock.data_block_size = 128;
    pool.superblock.nr_data_blocks = 100000;
    std::map<thin_block, data_block> mapped;
    const auto nr_mapped = *rc::gen::inRange<std::uint64_t>(1, 1500);
    for (std::uint64_t i = 0; i < nr_mapped; ++i) mapped[i * 4] = i;
    data_block next = nr_mapped;
    for (device_id id = 1; id <= 4; ++id) {
      test_support::generated_device device{.id = id, .details = {}, .pieces = {}};
      device.details.mapped_blocks = mapped.size();
      for (const auto& [block, data] : mapped)
        device.pieces.push_back(mapping_run{block, data, 1, 0});
      pool.devices.push_back(device);
      const auto nr_changes = *rc::gen::inRange(0, 400);
      const auto around = *rc::gen::inRange<std::uint64_t>(0, 4 * nr_mapped);
      const auto spread = *rc::gen::element<std::uint64_t>(100, 1000, 10000);
      for (int i = 0; i < nr_changes; ++i)
        mapped[around + *rc::gen::inRange<std::uint64_t>(0, spread)] = next++;
      const auto discarded = mapped.lower_bound(*rc::gen::inRange<std::uint64_t>(0, 8 * nr_mapped));
      for (auto at = discarded; at != mapped.end() && *rc::gen::inRange(0, 50) != 0;)
        at = mapped.erase(at);
    }
    pool_build_options how{.find_identical_leaves = true, .end_leaves_alike = true};
    how.end_leaves_at_times = *rc::gen::arbitrary<bool>();
    how.leaf_entries = *rc::gen::element(UINT32_MAX, 240U, 126U);
    expect_pool(pool, how);
  }));
}

}  // namespace
}  // namespace pdata
