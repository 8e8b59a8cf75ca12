// The tools' own writes, with the power lost at each of them: what all tools build
// is refused or whole, and what thin_check repairs is never worse than before.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "persistent-data/engine/pool.h"
#include "persistent-data/io/batch_reader.h"
#include "persistent-data/io/memory_device.h"
#include "persistent-data/stream/pool_builder.h"
#include "sim/explore/crashed_disks.h"
#include "sim/explore/pool_states.h"
#include "tests/unit/support/damaged_image.h"
#include "tests/unit/support/random_streams.h"
#include "thin-tools/check/check.h"
#include "thin-tools/repair/output/plan_writer.h"
#include "thin-tools/repair/repair.h"

namespace sim::explore {
namespace {

using pdata::block_size;
using pdata::memory_device;
using pdata::status;

// A disk with a volatile cache, of which every state after a loss of power is
// known.
class watched_device : public pdata::block_device {
 public:
  explicit watched_device(const memory_device& image) : seen_(image), states_(1) {
    for (metadata_block b = 0; b < seen_.nr_blocks(); ++b) note(b, seen_.at(b).view());
    states_.flushed();
  }

  metadata_block nr_blocks() const override { return seen_.nr_blocks(); }
  status read(metadata_block first, std::span<std::byte> to) override {
    return seen_.read(first, to);
  }
  status write(metadata_block first, std::span<const std::byte> from) override {
    for (std::size_t at = 0; at < from.size(); at += block_size)
      note(first + at / block_size, pdata::block_view(from.subspan(at).first<block_size>()));
    const auto r = seen_.write(first, from);
    if (on_change) on_change();
    return r;
  }
  status flush() override {
    states_.flushed();
    if (on_change) on_change();
    return pdata::success;
  }

  const metadata_states& states() const { return states_; }
  std::function<void()> on_change;

 private:
  void note(metadata_block block, pdata::block_view bytes) {
    states_.write_began(block * pdata::block_sectors, pdata::block_sectors,
                        content::copy_of(bytes));
  }

  memory_device seen_;
  metadata_states states_;
};

bool is_damaged(const survivor& s) {
  return std::ranges::any_of(s.problems,
                             [](const violation& v) { return v.broken != invariant::no_leaks; });
}

bool kernel_refuses(const watched_device& disk, const block_choice& chosen,
                    const pool_geometry& geometry) {
  const chosen_metadata metadata(disk.states(), chosen);
  read_log log(metadata);
  crashed_metadata device(log, geometry.metadata_blocks);
  return !pdata::pool_metadata::open(device, {.data_block_size = 128, .may_format = false}).ok();
}

constexpr pool_geometry geometry{
    .metadata_blocks = 512, .data_blocks = 1000, .block_sectors = 128, .device_sectors = 128 * 600};

// Two devices, one of them of two leaves.
test_support::generated_pool new_pool() {
  test_support::generated_pool pool;
  pool.superblock.data_block_size = 128;
  pool.superblock.nr_data_blocks = 1000;
  pool.superblock.transaction_id = 7;
  pool.devices.push_back({1,
                          {.mapped_blocks = 400},
                          {pdata::mapping_run{.begin = 0, .data_begin = 100, .length = 400}}});
  pool.devices.push_back(
      {2, {.mapped_blocks = 1}, {pdata::mapping_run{.begin = 5, .data_begin = 600, .length = 1}}});
  return pool;
}

// Another pool of the same size: the first device alone.
memory_device image_of_old_pool() {
  memory_device image(geometry.metadata_blocks);
  auto old_pool = new_pool();
  old_pool.superblock.transaction_id = 3;
  old_pool.devices.pop_back();
  pdata::pool_builder builder(image, {});
  old_pool.play(builder);
  return image;
}

// What is written over the old pool, with the power lost at each write: every state is refused
// by check and kernel, or is the old pool, or the new one.
template <class Write>
void expect_refused_or_whole(Write write) {
  const auto image = image_of_old_pool();
  watched_device disk(image);
  survivor_cache cache;
  pool_states states(disk.states(), cache, {});
  std::map<std::size_t, std::size_t> nr_whole;  // by devices
  std::size_t nr_refused = 0;
  disk.on_change = [&] {
    for (const auto& state : states.all(geometry)) {
      if (!state.what->is_formatted) {
        // The kernel would make a new pool of it, and a check refuses it.
        ++nr_refused;
      } else if (is_damaged(*state.what)) {
        EXPECT_TRUE(kernel_refuses(disk, state.chosen, geometry));
        ++nr_refused;
      } else {
        const bool is_new = state.what->devices.size() == 2;
        EXPECT_EQ(state.what->transaction_id, is_new ? 7U : 3U);
        EXPECT_EQ(state.what->devices.at(1), (std::vector<mapped_run>{{0, 400 * 128, 100 * 128}}));
        if (is_new) {
          EXPECT_EQ(state.what->devices.at(2),
                    (std::vector<mapped_run>{{5 * 128, 128, 600 * 128}}));
        }
        ++nr_whole[state.what->devices.size()];
      }
    }
    EXPECT_TRUE(states.is_exhaustive());
  };
  write(disk);
  EXPECT_GT(nr_refused, 0U);
  EXPECT_GT(nr_whole[1], 0U) << "the old pool is there until its superblock has gone";
  EXPECT_GT(nr_whole[2], 0U);
  EXPECT_EQ(nr_whole.size(), 2U);
}

TEST(tools_crash, what_a_builder_writes_is_refused_or_whole) {
  expect_refused_or_whole([](watched_device& disk) {
    pdata::pool_builder builder(disk, {});
    new_pool().play(builder);
  });
}

// Of a sound pool, and of one that has lost its superblock.
TEST(tools_crash, what_thin_repair_writes_is_refused_or_whole_and_its_input_is_as_it_was) {
  for (const bool without_superblock : {false, true}) {
    memory_device damaged(geometry.metadata_blocks);
    {
      pdata::pool_builder builder(damaged, {});
      new_pool().play(builder);
    }
    if (without_superblock) damaged.at(0).bytes.fill(std::byte{0x5a});
    const memory_device before = damaged;
    pdata::batch_reader reader(damaged);
    thin_tools::repair_options wanted;
    if (without_superblock) {
      wanted.transaction_id = 7;
      wanted.data_block_size = 128;
      wanted.nr_data_blocks = 1000;
    }
    auto plan = thin_tools::make_repair_plan(reader, "damaged", wanted);
    expect_refused_or_whole([&](watched_device& disk) {
      ASSERT_LE(thin_tools::blocks_needed(plan, reader, disk.nr_blocks()), disk.nr_blocks());
      thin_tools::write_plan(plan, reader, disk);
    });
    for (metadata_block b = 0; b < geometry.metadata_blocks; ++b)
      ASSERT_EQ(damaged.at(b).bytes, before.at(b).bytes);
  }
}

TEST(tools_crash, a_repair_of_leaks_never_makes_it_worse) {
  test_support::damaged_image image("mixed-0");
  const auto data = pdata::space_map_kind::data;
  const auto metadata = pdata::space_map_kind::metadata;
  for (const auto kind : {metadata, data}) {
    image.set_count(kind, image.block_with_count(kind, 1), 2);
    image.set_count(kind, image.block_with_count(kind, 0), 1);
  }
  watched_device disk(image.device());
  std::size_t nr_states = 0;
  disk.on_change = [&] {
    // All subsets of a few blocks: the counts, and the superblock.
    const auto& writes = disk.states().unflushed();
    ASSERT_LE(writes.size(), 12U);
    for (std::size_t subset = 0; subset < std::size_t{1} << writes.size(); ++subset) {
      block_choice chosen;
      for (std::size_t i = 0; i < writes.size(); ++i)
        if ((subset >> i & 1) != 0) chosen[writes[i].block] = writes[i].what;
      const chosen_metadata left(disk.states(), chosen);
      read_log log(left);
      crashed_metadata device(log, disk.nr_blocks());
      EXPECT_NE(thin_tools::check(device, "left", {}).outcome(), thin_tools::verdict::damaged);
      ++nr_states;
    }
  };
  const auto report =
      thin_tools::check(disk, "repaired", {.repair = thin_tools::repair_scope::leaks_and_flag});
  EXPECT_TRUE(report.counts_repaired);
  EXPECT_GT(nr_states, 2U);
}

}  // namespace
}  // namespace sim::explore
