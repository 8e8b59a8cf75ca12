// The size of a pool without sharing, against one that is rehearsed.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "persistent-data/stream/pool_builder.h"
#include "persistent-data/stream/unshared_size.h"
#include "tests/unit/support/random_streams.h"

namespace pdata {
namespace {

void expect_same_size(const test_support::generated_pool& pool, metadata_block nr_blocks) {
  const auto rehearsal = pool_builder::rehearsal(nr_blocks, {});
  pool.play(*rehearsal);
  unshared_size size(nr_blocks);
  pool.play(size);
  RC_ASSERT(size.blocks_needed() == rehearsal->blocks_needed());
  RC_ASSERT(size.maps_data_twice() == rehearsal->maps_data_twice());
}

TEST(unshared_size_property, is_what_a_rehearsal_says) {
  EXPECT_TRUE(rc::check([] {
    auto pool = *test_support::any_pool();
    pool.defs.clear();
    for (auto& device : pool.devices)
      std::erase_if(device.pieces,
                    [](const auto& piece) { return !std::holds_alternative<mapping_run>(piece); });
    expect_same_size(pool, *rc::gen::inRange<std::uint64_t>(10, 40000));
  }));
}

// Trees of three levels, many devices, counts that do not fit a bitmap.
TEST(unshared_size_property, holds_for_large_pools) {
  for (const std::uint64_t mappings : {0U, 1U, 252U, 253U, 504U, 63504U, 63505U, 127008U, 200000U})
    for (const device_id devices : {1U, 2U, 5U, 253U}) {
      test_support::generated_pool pool;
      pool.superblock.data_block_size = 128;
      pool.superblock.nr_data_blocks = 300000;
      for (device_id id = 0; id < devices; ++id) {
        const std::uint64_t length = id % 3 == 2 ? 0 : mappings / (id / 3 + 1);
        test_support::generated_device device{.id = id, .details = {}, .pieces = {}};
        if (length != 0) device.pieces.push_back(mapping_run{id.value(), id.value(), length, 0});
        pool.devices.push_back(device);
      }
      expect_same_size(pool, 4000);
    }
}

}  // namespace
}  // namespace pdata
