// Pools that were built from random streams, streamed again.
#include "persistent-data/stream/pool_reader.h"

#include <gtest/gtest.h>

#include "tests/unit/support/built_pool.h"
#include "tests/unit/support/kernel_images.h"
#include "tests/unit/support/mapping_collector.h"
#include "tests/unit/support/pool_image.h"

namespace pdata {
namespace {

using test_support::built_pool;
using test_support::mapping_collector;

mapping_collector read_back(built_pool& pool, const stream_options& options) {
  mapping_collector collector;
  RC_ASSERT(stream_pool(pool.reader, pool.layout, describe_superblock(pool.layout.chosen()),
                        options, collector, pool.damage));
  RC_ASSERT(collector.complete);
  return collector;
}

TEST(pool_reader_property, says_what_was_built) {
  EXPECT_TRUE(rc::check([] {
    built_pool pool(*test_support::any_pool());
    const auto found = read_back(pool, {});
    RC_ASSERT(found.defs.empty());
    RC_ASSERT(found.devices == pool.mappings);
  }));
}

TEST(pool_reader_property, defs_change_the_form_and_not_the_contents) {
  EXPECT_TRUE(rc::check([] {
    built_pool pool(*test_support::any_pool());
    const auto found = read_back(pool, {.defs = true});
    RC_ASSERT(found.devices == pool.mappings);
    for (const auto& [name, runs] : found.defs) RC_ASSERT(found.nr_refs.at(name) > 1);
  }));
}

TEST(pool_reader_property, devices_that_are_not_wanted_are_left_out) {
  EXPECT_TRUE(rc::check([] {
    built_pool pool(*test_support::any_pool());
    std::set<device_id> wanted;
    for (const auto& [id, table] : pool.mappings)
      if (*rc::gen::arbitrary<bool>()) wanted.insert(id);
    const auto found = read_back(pool, {.devices = wanted, .defs = *rc::gen::arbitrary<bool>()});
    std::erase_if(pool.mappings, [&](const auto& row) { return !wanted.contains(row.first); });
    RC_ASSERT(found.devices == pool.mappings);
  }));
}

TEST(pool_reader, reads_what_the_kernel_wrote) {
  for (const auto& name : test_support::kernel_image_names()) {
    auto device = test_support::load_kernel_image(name);
    const auto image = test_support::read_pool_image(device);
    test_support::no_damage damage;
    const auto layout = read_layout(device, name, {}, damage);
    batch_reader reader(device);
    for (const bool defs : {false, true}) {
      mapping_collector found;
      EXPECT_TRUE(stream_pool(reader, layout, describe_superblock(layout.chosen()), {.defs = defs},
                              found, damage));
      EXPECT_EQ(found.devices, image.devices) << name;
      EXPECT_EQ(found.details, image.details) << name;
    }
  }
}

}  // namespace
}  // namespace pdata
