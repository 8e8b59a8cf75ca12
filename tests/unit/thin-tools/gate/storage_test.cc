// What names lead to, on block devices that are made up.
#include "thin-tools/gate/storage.h"

#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include <map>

namespace thin_tools {
namespace {

std::uint64_t number(unsigned high, unsigned low) { return makedev(high, low); }
place device(unsigned high, unsigned low) {
  return {place::kind::device, number(high, low), 0, {}};
}

struct made_up_stack : block_stack {
  std::vector<layer> below(std::uint64_t of) const override {
    const auto found = layers.find(of);
    return found == layers.end() ? std::vector<layer>() : found->second;
  }
  std::string loop_device_of(const place&) const override { return ""; }
  bool works_by_itself(std::uint64_t) const override { return false; }
  std::vector<std::uint64_t> all_devices() const override {
    std::vector<std::uint64_t> all{number(8, 0)};
    for (const auto& [device, below] : layers) all.push_back(device);
    return all;
  }
  std::map<std::uint64_t, std::vector<layer>> layers;
};

TEST(dm_table, says_what_a_linear_device_stands_on) {
  const auto layers = layers_of_dm_table("0 2048 linear 8:1 384\n2048 1024 linear 8:17 0\n");
  const std::vector<layer> expected{{0, 2048 * 512, device(8, 1), 384 * 512, true, 0},
                                    {2048 * 512, 1024 * 512, device(8, 17), 0, true, 0}};
  EXPECT_EQ(layers, expected);
}

TEST(dm_table, takes_of_each_disk_what_stripes_have_there) {
  const auto layers = layers_of_dm_table("0 4096 striped 2 128 8:1 100 8:2 200");
  const std::vector<layer> expected{{0, 4096 * 512, device(8, 1), 100 * 512, false, 2048 * 512},
                                    {0, 4096 * 512, device(8, 2), 200 * 512, false, 2048 * 512}};
  EXPECT_EQ(layers, expected);
}

TEST(dm_table, takes_the_whole_of_what_pools_and_raids_are_spread_over) {
  for (const char* table :
       {"0 2048 thin-pool 8:1 8:2 128 0 0", "0 2048 raid raid1 3 0 region_size 1024 2 - 8:1 - 8:2",
        "0 2048 multipath 0 0 1 1 round-robin 0 2 1 8:1 1 8:2 1"}) {
    const auto layers = layers_of_dm_table(table);
    ASSERT_EQ(layers.size(), 2U) << table;
    EXPECT_EQ(layers[0].on, device(8, 1)) << table;
    EXPECT_EQ(layers[1].on, device(8, 2)) << table;
    EXPECT_FALSE(layers[0].in_order) << table;
  }
}

TEST(dm_table, follows_an_encrypted_device_behind_its_key_and_iv) {
  const auto layers =
      layers_of_dm_table("0 2048 crypt aes-xts-plain64 :64:logon:cryptsetup:x 0 8:1 4096");
  ASSERT_EQ(layers.size(), 1U);
  EXPECT_EQ(layers[0].on, device(8, 1));
  EXPECT_EQ(layers[0].begin, 4096U * 512);
}

TEST(dm_table, ends_at_a_thin_volume_and_takes_a_snapshot_for_its_own_store) {
  EXPECT_TRUE(layers_of_dm_table("0 2048 thin 253:2 7").empty());
  const auto snapshot = layers_of_dm_table("0 2048 snapshot 253:3 253:4 P 8");
  ASSERT_EQ(snapshot.size(), 1U);
  EXPECT_EQ(snapshot[0].on, device(253, 4));
}

TEST(dm_table, tells_what_works_by_itself) {
  EXPECT_TRUE(dm_table_works_by_itself("0 8 linear 8:1 0\n8 2040 thin-pool 253:0 253:1 128 0 0"));
  EXPECT_TRUE(dm_table_works_by_itself("0 2048 cache 8:1 8:2 8:3 512 0 default 0"));
  EXPECT_FALSE(dm_table_works_by_itself("0 2048 linear 8:1 0"));
  EXPECT_FALSE(dm_table_works_by_itself("0 4096 striped 2 128 8:1 0 8:2 0"));
  EXPECT_FALSE(dm_table_works_by_itself("0 2048 thin 253:2 7"));
}

TEST(dm_table, holds_nothing_where_the_kernel_does_not_tell_or_there_is_nothing) {
  EXPECT_TRUE(layers_of_dm_table("").empty());
  EXPECT_TRUE(layers_of_dm_table("0 2048 error").empty());
  EXPECT_TRUE(layers_of_dm_table("nonsense\n\n1 2\n").empty());
}

// sda (8:0) with sda1 (8:1); two volumes on it that lie apart; one on a volume.
made_up_stack volumes() {
  made_up_stack stack;
  stack.layers[number(8, 1)] = {{0, 1000 << 20, device(8, 0), 1 << 20, true}};
  stack.layers[number(253, 0)] = layers_of_dm_table("0 2048 linear 8:1 0");
  stack.layers[number(253, 1)] =
      layers_of_dm_table("0 2048 linear 8:1 2048\n2048 2048 linear 8:1 8192");
  stack.layers[number(253, 2)] = layers_of_dm_table("0 1024 linear 253:1 1024");
  return stack;
}

TEST(storage, of_a_nested_device_is_a_range_of_the_disk) {
  const auto stack = volumes();
  const storage expected{{device(8, 0), (1 << 20) + 3072 * 512, (1 << 20) + 4096 * 512}};
  EXPECT_EQ(storage_of_device(number(253, 2), stack), expected);
}

TEST(storage, of_volumes_that_lie_apart_on_one_disk_does_not_meet) {
  const auto stack = volumes();
  const auto of = [&](unsigned high, unsigned low) {
    return storage_of_device(number(high, low), stack);
  };
  EXPECT_FALSE(meet(of(253, 0), of(253, 1)));
  EXPECT_FALSE(meet(of(253, 0), of(253, 2)));
  EXPECT_TRUE(meet(of(253, 1), of(253, 2)));
  for (const auto& volume : {of(253, 0), of(253, 1), of(253, 2)}) {
    EXPECT_TRUE(meet(volume, of(8, 0)));
    EXPECT_TRUE(meet(volume, of(8, 1)));
    EXPECT_FALSE(meet(volume, of(8, 16)));
  }
}

TEST(storage, of_stripes_meets_what_is_on_the_same_part_of_a_disk) {
  auto stack = volumes();
  stack.layers[number(253, 3)] =
      layers_of_dm_table("0 8192 striped 2 128 8:1 16384 8:16 0");  // 4096 of each
  stack.layers[number(253, 4)] = layers_of_dm_table("0 8 linear 8:1 20479");
  stack.layers[number(253, 5)] = layers_of_dm_table("0 8 linear 8:1 20480");
  const auto of = [&](unsigned low) { return storage_of_device(number(253, low), stack); };
  EXPECT_FALSE(meet(of(3), of(1)));
  EXPECT_TRUE(meet(of(3), of(4)));
  EXPECT_FALSE(meet(of(3), of(5)));
}

// A RAID or the paths to a disk, with volumes on it as LVM2 makes them.
TEST(storage, of_volumes_that_lie_apart_on_one_raid_does_not_meet) {
  for (const char* kind :
       {"md", "0 16384 multipath 0 0 1 1 round-robin 0 2 1 8:1 1 8:16 1",
        "0 16384 striped 2 128 8:1 0 8:16 0", "0 16384 writecache s 8:1 8:16 4096 0"}) {
    auto stack = volumes();
    stack.layers.erase(number(253, 0));
    stack.layers.erase(number(253, 1));
    stack.layers.erase(number(253, 2));
    stack.layers[number(9, 0)] =
        std::string(kind) == "md"
            ? std::vector<layer>{{0, UINT64_MAX, device(8, 1), 0, false, UINT64_MAX},
                                 {0, UINT64_MAX, device(8, 16), 0, false, UINT64_MAX}}
            : layers_of_dm_table(kind);
    stack.layers[number(253, 3)] = layers_of_dm_table("0 2048 linear 9:0 2048");
    stack.layers[number(253, 4)] = layers_of_dm_table("0 2048 linear 9:0 4096");
    stack.layers[number(253, 5)] = layers_of_dm_table("0 2048 linear 9:0 4095");
    const auto of = [&](unsigned low) { return storage_of_device(number(253, low), stack); };
    EXPECT_FALSE(meet(of(3), of(4))) << kind;
    EXPECT_TRUE(meet(of(3), of(5))) << kind;
    EXPECT_TRUE(meet(of(4), of(5))) << kind;
    EXPECT_TRUE(meet(of(3), storage_of_device(number(9, 0), stack))) << kind;
    EXPECT_TRUE(meet(of(3), storage_of_device(number(8, 1), stack))) << kind;
    EXPECT_TRUE(meet(of(3), storage_of_device(number(8, 16), stack))) << kind;
    EXPECT_EQ(meeting_devices(number(253, 3), stack), std::vector{number(253, 5)}) << kind;
  }
}

TEST(storage, finds_who_else_has_the_bytes) {
  auto stack = volumes();
  stack.layers[number(253, 3)] = layers_of_dm_table("0 16 linear 8:1 2040");
  using list = std::vector<std::uint64_t>;
  // The disk and the partition are below each, and are not named.
  EXPECT_EQ(meeting_devices(number(253, 0), stack), list{number(253, 3)});
  EXPECT_EQ(meeting_devices(number(253, 2), stack), list());
  EXPECT_EQ(meeting_devices(number(253, 3), stack), (list{number(253, 0), number(253, 1)}));
  EXPECT_EQ(meeting_devices(number(8, 1), stack).size(), 4U);
}

TEST(storage, does_not_end_up_in_a_circle) {
  made_up_stack stack;
  stack.layers[number(253, 0)] = {{0, UINT64_MAX, device(253, 1), 0, true}};
  stack.layers[number(253, 1)] = {{0, UINT64_MAX, device(253, 0), 0, true}};
  EXPECT_EQ(storage_of_device(number(253, 0), stack).size(), 1U);
}

}  // namespace
}  // namespace thin_tools
