#include "persistent-data/stream/pool_builder.h"

#include <gtest/gtest.h>

#include "persistent-data/base/all_zero.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/checksum.h"
#include "tests/unit/support/pool_audit.h"

namespace pdata {
namespace {

constexpr std::uint64_t data_blocks = 100000;

stream_superblock small_pool() {
  stream_superblock pool;
  pool.data_block_size = 128;
  pool.nr_data_blocks = data_blocks;
  return pool;
}

// Writes down what happens to it, and can fail.
class watched_device : public memory_device {
 public:
  using memory_device::memory_device;

  status write(metadata_block first, std::span<const std::byte> from) override {
    if (first <= fails_at && fails_at < first + from.size() / block_size) return status(EIO);
    if (first != superblock_location) {
      log.emplace_back("blocks");
    } else {
      const block_view block(from.first<block_size>());
      log.emplace_back(all_zero(block) ? "erase superblock" : "superblock");
    }
    return memory_device::write(first, from);
  }
  status flush() override {
    log.emplace_back("flush");
    return success;
  }

  std::vector<std::string> log;
  metadata_block fails_at = UINT64_MAX;
};

void play_two_devices(metadata_sink& sink, bool with_def) {
  sink.begin_superblock(small_pool());
  if (with_def) {
    sink.begin_def("a");
    sink.run({0, 0, 1000, 0});
    sink.end_def();
  }
  for (device_id device = 1; device <= 2; ++device) {
    sink.begin_device(device, {1200, 0, 0, 1});
    if (with_def) {
      sink.ref("a");
    } else {
      sink.run({0, 0, 1000, 0});
    }
    sink.run({5000, 2000 * device, 200, 1});
    sink.end_device();
  }
  sink.end_superblock();
}

TEST(pool_builder, writes_the_superblock_last_and_between_flushes) {
  watched_device device(100);
  pool_builder builder(device, {});
  play_two_devices(builder, false);
  EXPECT_EQ(device.log, (std::vector<std::string>{"flush", "erase superblock", "flush", "blocks",
                                                  "flush", "superblock", "flush"}));
}

// What they wrote later has leaves of its own: three for each of twenty devices, 700 mappings
// being two leaves and 196 more, where a leaf with the last of what they share would be a fourth.
TEST(pool_builder, devices_that_part_at_a_time_share_all_leaves_before_it) {
  const auto blocks_for = [](pool_build_options how) {
    const auto rehearsal = pool_builder::rehearsal(1000, how);
    rehearsal->begin_superblock(small_pool());
    for (device_id device = 1; device <= 20; ++device) {
      rehearsal->begin_device(device, {1100, 0, 0, 1});
      for (std::uint64_t i = 0; i < 400; ++i) rehearsal->run({2 * i, 2 * i, 1, 0});
      for (std::uint64_t i = 400; i < 1100; ++i)
        rehearsal->run({2 * i, 2000 * device + 2 * i, 1, 1});
      rehearsal->end_device();
    }
    rehearsal->end_superblock();
    EXPECT_EQ(rehearsal->ended_leaves_at_times(), how.end_leaves_at_times);
    return rehearsal->blocks_needed();
  };
  const auto apart = blocks_for({.find_identical_leaves = true});
  const auto at_times = blocks_for({.find_identical_leaves = true, .end_leaves_at_times = true});
  EXPECT_EQ(at_times, apart - 19);
}

TEST(pool_builder, leaves_no_superblock_behind_when_a_write_fails) {
  for (const metadata_block at : {metadata_block{1}, metadata_block{10}}) {
    watched_device device(100);
    device.fails_at = at;
    {
      pool_builder builder(device, {});
      EXPECT_THROW(play_two_devices(builder, false), error);
    }
    EXPECT_TRUE(all_zero(device.at(0).view()));
  }
}

TEST(pool_builder, tells_how_much_space_is_needed_to_the_block) {
  const auto rehearsal = pool_builder::rehearsal(10, {});
  play_two_devices(*rehearsal, false);
  const metadata_block needed = rehearsal->blocks_needed();
  memory_device enough(needed);
  pool_builder fits(enough, {});
  play_two_devices(fits, false);
  EXPECT_EQ(test_support::audit_pool(enough).nr_metadata_used, needed);

  memory_device small(needed - 1);
  pool_builder too_large(small, {});
  EXPECT_THROW(play_two_devices(too_large, false), out_of_space);
}

// What is not mapped twice need not be looked at for identical leaves.
TEST(pool_builder, tells_whether_leaves_could_be_shared) {
  const auto could_share = [](auto play) {
    const auto rehearsal = pool_builder::rehearsal(100, {});
    play(*rehearsal);
    return rehearsal->maps_data_twice();
  };
  EXPECT_TRUE(could_share([](metadata_sink& sink) { play_two_devices(sink, false); }));
  EXPECT_FALSE(could_share([](metadata_sink& sink) { play_two_devices(sink, true); }));
  EXPECT_FALSE(could_share([](metadata_sink& sink) {
    sink.begin_superblock(small_pool());
    for (device_id device = 1; device <= 2; ++device) {
      sink.begin_device(device, {300, 0, 0, 0});
      sink.run({0, 1000 * device, 300, 0});
      sink.end_device();
    }
    sink.end_superblock();
  }));
}

TEST(pool_builder, leaves_are_shared_by_def_or_on_request) {
  const auto leaves_of = [](bool with_def, bool share) {
    memory_device device(100);
    pool_builder builder(device, {share});
    play_two_devices(builder, with_def);
    const auto pool = test_support::audit_pool(device);
    std::set<metadata_block> distinct;
    for (const auto& [id, found] : pool.devices)
      distinct.insert(found.leaves.begin(), found.leaves.end());
    return distinct.size();
  };
  EXPECT_EQ(leaves_of(false, false), 10U);
  EXPECT_EQ(leaves_of(true, false), 4U + 2U);
  // Without a def four leaves are the same, of 252 and once of 222 entries.
  EXPECT_EQ(leaves_of(false, true), 4U + 2U);
}

TEST(pool_builder, shares_whole_trees_of_equal_devices) {
  for (const bool share : {false, true}) {
    memory_device device(3000);
    pool_builder builder(device, {share});
    builder.begin_superblock(small_pool());
    if (!share) {
      builder.begin_def("all");
      builder.run({0, 0, 90000, 0});
      builder.end_def();
    }
    for (device_id id = 0; id < 6; ++id) {
      builder.begin_device(id, {90000, 0, 0, 0});
      if (share) {
        builder.run({0, 0, 90000, 0});
      } else {
        builder.ref("all");
      }
      builder.end_device();
    }
    builder.end_superblock();
    const auto pool = test_support::audit_pool(device);
    EXPECT_EQ(pool.devices.at(5).mappings.size(), 90000U);
    // 358 leaves, two nodes above them and a root; the rest is the pool's own.
    EXPECT_LT(pool.nr_metadata_used, 358U + 3U + 20U);
  }
}

TEST(pool_builder, defs_that_nobody_refers_to_leave_nothing_behind) {
  memory_device device(100);
  pool_builder builder(device, {});
  builder.begin_superblock(small_pool());
  builder.begin_def("unused");
  builder.run({0, 0, 1000, 0});
  builder.end_def();
  builder.end_superblock();
  const auto pool = test_support::audit_pool(device);
  EXPECT_EQ(pool.superblock.data_space_map.nr_allocated, 0U);
}

TEST(pool_builder, keeps_every_field_of_the_superblock) {
  auto fields = small_pool();
  fields.uuid = "sixteen letters!";
  fields.time = 7;
  fields.transaction_id = 8;
  fields.flags = flag_needs_check;
  fields.version = 1;
  memory_device device(100);
  pool_builder builder(device, {});
  builder.begin_superblock(fields);
  builder.end_superblock();
  const auto stored = test_support::audit_pool(device).superblock;
  EXPECT_EQ(std::memcmp(stored.uuid.data(), fields.uuid.data(), 16), 0);
  EXPECT_EQ(stored.time, 7U);
  EXPECT_EQ(stored.transaction_id, 8U);
  EXPECT_TRUE(stored.needs_check());
  EXPECT_EQ(stored.version, 1U);
  EXPECT_EQ(stored.data_block_size, 128U);
  EXPECT_EQ(stored.metadata_nr_blocks, 100U);
  EXPECT_EQ(stored.data_space_map.nr_blocks, data_blocks);
}

// Several levels of index and overflow tree, a bitmap that is full, one that is
// partly used, several metadata bitmaps, and counts that need four bytes.
TEST(pool_builder, writes_space_maps_of_every_shape) {
  constexpr std::uint64_t many_blocks = 3000000;
  constexpr std::uint64_t nr_mappings = 20000;
  memory_device device(entries_per_bitmap + 100);
  pool_builder builder(device, {});
  auto fields = small_pool();
  fields.nr_data_blocks = many_blocks;
  builder.begin_superblock(fields);
  for (device_id id = 0; id < 5; ++id) {
    builder.begin_device(id, {nr_mappings, 0, 0, 0});
    builder.run({7 * id, 0, nr_mappings, 0});
    builder.end_device();
  }
  builder.begin_device(100, {2, 0, 0, 0});
  builder.run({1, many_blocks - 2, 2, 0});
  builder.end_device();
  constexpr std::uint64_t nr_users = 300;
  for (device_id id = 200; id < 200 + nr_users; ++id) {
    builder.begin_device(id, {1, 0, 0, 0});
    builder.run({id.value(), 1000000, 1, 0});
    builder.end_device();
  }
  builder.end_superblock();
  const auto pool = test_support::audit_pool(device);
  EXPECT_EQ(pool.superblock.data_space_map.nr_allocated, nr_mappings + 3);
}

TEST(pool_builder, refuses_a_run_that_can_never_fit_at_once) {
  auto fields = small_pool();
  fields.nr_data_blocks = (max_metadata_blocks - 1000) * entries_per_bitmap;
  const auto rehearsal = pool_builder::rehearsal(100, {});
  rehearsal->begin_superblock(fields);
  rehearsal->begin_device(0, {fields.nr_data_blocks, 0, 0, 0});
  EXPECT_THROW(rehearsal->run({0, 0, fields.nr_data_blocks, 0}), out_of_space);
}

TEST(pool_builder, refuses_sizes_beyond_the_format_at_once) {
  auto fields = small_pool();
  fields.nr_data_blocks = (max_metadata_blocks + 1) * entries_per_bitmap;
  const auto rehearsal = pool_builder::rehearsal(100, {});
  EXPECT_THROW(rehearsal->begin_superblock(fields), out_of_space);
}

}  // namespace
}  // namespace pdata
