// Pools of random streams, read back and counted again.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "persistent-data/pool/pool_builder.h"
#include "persistent-data/pool/stream_spool.h"
#include "persistent-data/pool/stream_validator.h"
#include "tests/unit/support/pool_audit.h"
#include "tests/unit/support/random_streams.h"

namespace pdata {
namespace {

constexpr metadata_block device_blocks = 3000;

void expect_pool(const test_support::generated_pool& expected, bool share) {
  stream_spool spool;
  stream_validator validator(spool);
  expected.play(validator);
  validator.expect_complete();

  const auto rehearsal = pool_builder::rehearsal(device_blocks, {share});
  spool.replay(*rehearsal);
  memory_device device(device_blocks);
  {
    pool_builder builder(device, {share});
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
  EXPECT_TRUE(rc::check([] { expect_pool(*test_support::any_pool(), false); }));
}

TEST(pool_builder_property, identical_leaves_change_nothing_but_the_size) {
  EXPECT_TRUE(rc::check([] { expect_pool(*test_support::any_pool(), true); }));
}

}  // namespace
}  // namespace pdata
