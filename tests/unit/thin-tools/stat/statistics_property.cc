// Tables of random pools against counts of every leaf and every block.
#include <gtest/gtest.h>

#include "persistent-data/btree/leaf_stream.h"
#include "persistent-data/format/mapping_value.h"
#include "persistent-data/format/tree_value.h"
#include "persistent-data/survey/small_trees.h"
#include "tests/unit/support/built_pool.h"
#include "tests/unit/support/pool_image.h"
#include "thin-tools/stat/statistics.h"

namespace thin_tools {
namespace {

using test_support::built_pool;

std::string table_of(const std::map<std::uint64_t, std::uint64_t>& times) {
  histogram expected;
  for (const auto& [number, n] : times) expected.add(number, n);
  string_sink sink;
  text_buffer out(sink);
  expected.write(out, "n", "t");
  out.finish();
  return sink.take();
}

std::string table_of(const histogram& found) {
  string_sink sink;
  text_buffer out(sink);
  found.write(out, "n", "t");
  out.finish();
  return sink.take();
}

std::string counts_of(const test_support::count_table& counts) {
  std::map<std::uint64_t, std::uint64_t> times;
  for (const auto& [block, count] : counts) ++times[count];
  return table_of(times);
}

TEST(statistics_property, counts_are_those_of_the_space_maps) {
  EXPECT_TRUE(rc::check([] {
    built_pool pool(*test_support::any_pool());
    const auto image = test_support::read_pool_image(pool.device);
    const auto data =
        count_references(pool.reader, pool.layout, pdata::space_map_kind::data, pool.damage);
    RC_ASSERT(!data.damaged);
    RC_ASSERT(table_of(data.counts) == counts_of(image.data_counts));
    const auto metadata =
        count_references(pool.reader, pool.layout, pdata::space_map_kind::metadata, pool.damage);
    RC_ASSERT(table_of(metadata.counts) == counts_of(image.metadata_counts));
  }));
}

TEST(statistics_property, runs_hold_every_mapping_of_every_device_once) {
  EXPECT_TRUE(rc::check([] {
    built_pool pool(*test_support::any_pool());
    const auto table = pdata::read_top_level(pool.reader, pool.layout, pool.damage);
    std::map<std::uint64_t, std::uint64_t> lengths;
    for (const auto& [device, root] : table.roots) {
      std::uint64_t next_key = 0;
      std::uint64_t next_block = 0;
      std::uint64_t length = 0;
      const auto finish = [&] {
        if (length != 0) ++lengths[length];
        length = 0;
      };
      pdata::for_each_entry(pool.reader, pdata::mapping_tree_shape, root, pool.device.nr_blocks(),
                            pdata::which_metadata::active, pool.damage,
                            [&](std::uint64_t key, std::span<const std::byte> value) {
                              const auto block =
                                  pdata::unpack_mapping(pdata::decode_u64(value)).block;
                              if (key != next_key || block != next_block) finish();
                              ++length;
                              next_key = key + 1;
                              next_block = block + 1;
                            });
      finish();
    }
    const auto found = measure_runs(pool.reader, pool.layout, pool.damage);
    RC_ASSERT(!found.damaged);
    RC_ASSERT(found.nr_devices == table.roots.size());
    RC_ASSERT(table_of(found.lengths) == table_of(lengths));
  }));
}

TEST(histogram, shares_and_average) {
  histogram numbers;
  numbers.add(1, 4);
  numbers.add(2, 5);
  numbers.add(9, 0);
  EXPECT_EQ(table_of(numbers), "n\tt\tpercentage\n1\t4\t44.4444\n2\t5\t55.5556\n");
  EXPECT_EQ(numbers.total(), 9U);
  EXPECT_NEAR(numbers.average(), 14.0 / 9, 1e-12);
  EXPECT_EQ(histogram().average(), 0);
}

}  // namespace
}  // namespace thin_tools
