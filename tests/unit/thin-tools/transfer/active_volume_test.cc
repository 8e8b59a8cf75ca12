// What the device mapper's words say of a thin device and its pool.
#include "thin-tools/transfer/active_volume.h"

#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include "persistent-data/base/error.h"

namespace thin_tools {
namespace {

template <class Call>
std::string refusal(const Call& call) {
  try {
    call();
  } catch (const pdata::error& failure) {
    return failure.what();
  }
  return "accepted";
}

TEST(active_volume, a_thin_table_names_pool_device_and_size) {
  const auto found = read_thin_table("0 98304 thin 254:3 17\n", "x");
  EXPECT_EQ(found.pool, makedev(254, 3));
  EXPECT_EQ(found.device, 17U);
  EXPECT_EQ(found.sectors, 98304U);
}

TEST(active_volume, what_is_not_one_thin_target_is_refused) {
  for (const auto* table :
       {"", "0 98304 linear 8:0 0\n", "0 128 thin 254:3 1\n128 128 thin 254:3 2\n",
        "128 128 thin 254:3 1\n", "0 128 thin 254 1\n", "0 128 thin 254:3\n"})
    EXPECT_NE(refusal([&] { read_thin_table(table, "dev"); }).find("'dev' is not a thin device"),
              std::string::npos)
        << table;
}

TEST(active_volume, an_external_origin_is_refused) {
  EXPECT_NE(refusal([] {
              read_thin_table("0 128 thin 254:3 1 8:16\n", "dev");
            }).find("external origin 8:16"),
            std::string::npos);
}

TEST(active_volume, a_pool_table_names_metadata_and_data) {
  const auto found = read_pool_table("0 131072 thin-pool 254:0 254:1 128 0 0 \n", "x");
  EXPECT_EQ(found.metadata, makedev(254, 0));
  EXPECT_EQ(found.data, makedev(254, 1));
  EXPECT_NE(refusal([] { read_pool_table("0 128 linear 8:0 0\n", "dev"); }), "accepted");
}

TEST(active_volume, a_pool_has_to_hold_a_metadata_snapshot_and_to_work) {
  expect_metadata_snapshot("0 131072 thin-pool 1 17/1024 9/1024 99 rw discard_passdown\n", "p");
  EXPECT_NE(refusal([] {
              expect_metadata_snapshot("0 131072 thin-pool 1 17/1024 9/1024 - rw\n", "p");
            }).find("holds no metadata snapshot"),
            std::string::npos);
  for (const auto* status : {"0 131072 thin-pool Fail\n", "0 131072 thin-pool Error\n"})
    EXPECT_NE(refusal([&] { expect_metadata_snapshot(status, "p"); }).find("has failed"),
              std::string::npos);
  EXPECT_NE(refusal([] { expect_metadata_snapshot("", "p"); }), "accepted");
}

}  // namespace
}  // namespace thin_tools
