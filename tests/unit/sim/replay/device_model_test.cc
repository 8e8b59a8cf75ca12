#include "sim/replay/device_model.h"

#include <gtest/gtest.h>

namespace sim::replay {

namespace {

constexpr model_rules plain{};
constexpr model_rules crashing{.keeps_what_may_be_lost = true};

content stamp(std::uint64_t number, sector first) { return content::stamped(number, first); }

bool may_hold(const device_model& model, sector first, sector count, const content& what) {
  return !model.compare(first, count, what);
}

std::vector<std::uint64_t> mapped(const device_model& model) {
  std::vector<std::uint64_t> blocks;
  model.visit_mapped_blocks([&](std::uint64_t block) { blocks.push_back(block); });
  return blocks;
}

}  // namespace

TEST(DeviceModel, HoldsTheLastWrite) {
  device_model model(plain);
  model.written(8, 16, 1, write_kind::cached);
  model.written(16, 4, 2, write_kind::cached);
  EXPECT_TRUE(may_hold(model, 8, 8, stamp(1, 8)));
  EXPECT_TRUE(may_hold(model, 16, 4, stamp(2, 16)));
  EXPECT_TRUE(may_hold(model, 20, 4, stamp(1, 20)));
  EXPECT_TRUE(may_hold(model, 0, 8, content()));
  const auto wrong = model.compare(8, 16, stamp(1, 8));
  ASSERT_TRUE(wrong);
  EXPECT_EQ(wrong->first, 16U);
  EXPECT_EQ(wrong->count, 4U);
  EXPECT_EQ(wrong->expected, "what request 2 wrote");
  EXPECT_EQ(wrong->found, "what request 1 wrote");
}

TEST(DeviceModel, SeesDataOfAnotherPlace) {
  device_model model(plain);
  model.written(8, 16, 1, write_kind::cached);
  EXPECT_FALSE(may_hold(model, 8, 16, stamp(1, 16)));
  EXPECT_FALSE(may_hold(model, 8, 16, content()));
  EXPECT_FALSE(may_hold(model, 0, 8, stamp(1, 0)));
}

TEST(DeviceModel, ComparesBytesAsWell) {
  device_model model(plain);
  model.written(8, 2, 3, write_kind::cached);
  byte_buffer bytes(2 * pdata::sector_bytes);
  stamp(3, 8).copy_to(bytes);
  EXPECT_TRUE(may_hold(model, 8, 2, content::copy_of(bytes)));
  bytes[600] = std::byte{0x55};
  EXPECT_FALSE(may_hold(model, 8, 2, content::copy_of(bytes)));
}

TEST(DeviceModel, DiscardsWholeBlocksOnly) {
  device_model model(plain);
  model.written(0, 384, 1, write_kind::cached);
  model.discarded(64, 256);
  EXPECT_TRUE(may_hold(model, 0, 128, stamp(1, 0)));
  EXPECT_TRUE(may_hold(model, 128, 128, content()));
  EXPECT_TRUE(may_hold(model, 256, 128, stamp(1, 256)));
  EXPECT_EQ(mapped(model), (std::vector<std::uint64_t>{0, 2}));
}

TEST(DeviceModel, AWriteOfZeroesMapsToo) {
  device_model model(plain);
  model.written(130, 4, possible_contents::zeroes, write_kind::cached);
  EXPECT_TRUE(may_hold(model, 128, 128, content()));
  EXPECT_EQ(mapped(model), (std::vector<std::uint64_t>{1}));
}

TEST(DeviceModel, ASnapshotKeepsWhatItHeld) {
  device_model model(plain);
  model.written(0, 128, 1, write_kind::cached);
  const device_model snapshot = model;
  model.written(0, 64, 2, write_kind::cached);
  EXPECT_TRUE(may_hold(snapshot, 0, 128, stamp(1, 0)));
  EXPECT_FALSE(may_hold(snapshot, 0, 64, stamp(2, 0)));
  EXPECT_TRUE(may_hold(model, 0, 64, stamp(2, 0)));
}

TEST(DeviceModel, AFailedWriteLeavesOldOrNew) {
  device_model model(plain);
  model.written(0, 8, 1, write_kind::cached);
  model.maybe_written(0, 8, 2);
  EXPECT_TRUE(may_hold(model, 0, 8, stamp(1, 0)));
  EXPECT_TRUE(may_hold(model, 0, 8, stamp(2, 0)));
  EXPECT_FALSE(may_hold(model, 0, 8, stamp(3, 0)));
  model.written(0, 8, 4, write_kind::cached);
  EXPECT_FALSE(may_hold(model, 0, 8, stamp(2, 0)));
}

TEST(DeviceModel, ACrashMayLoseWhatWasNotFlushed) {
  device_model model(crashing);
  model.written(0, 8, 1, write_kind::cached);
  model.flushed();
  model.written(0, 8, 2, write_kind::cached);
  model.written(8, 8, 3, write_kind::fua);
  model.crashed();
  EXPECT_TRUE(may_hold(model, 0, 8, stamp(1, 0)));
  EXPECT_TRUE(may_hold(model, 0, 8, stamp(2, 0)));
  EXPECT_FALSE(may_hold(model, 0, 8, content()));
  EXPECT_TRUE(may_hold(model, 8, 8, stamp(3, 8)));
  EXPECT_FALSE(may_hold(model, 8, 8, content()));
}

TEST(DeviceModel, KnowsWhatWasThereBefore) {
  auto base = std::make_shared<extent_map>();
  base->put(0, 256, stamp(77, 0));
  device_model model(plain);
  model.set_base(base, device_model::below::zeroes);
  model.written(8, 8, 1, write_kind::cached);
  EXPECT_TRUE(may_hold(model, 0, 8, stamp(77, 0)));
  EXPECT_TRUE(may_hold(model, 8, 8, stamp(1, 8)));
  EXPECT_FALSE(may_hold(model, 16, 8, content()));
  model.discarded(128, 128);
  EXPECT_TRUE(may_hold(model, 128, 128, content()));
  EXPECT_FALSE(may_hold(model, 128, 128, stamp(77, 128)));
}

}  // namespace sim::replay
