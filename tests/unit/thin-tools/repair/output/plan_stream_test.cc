// A stream that is not what was planned is refused, whatever made it so.
#include "thin-tools/repair/output/plan_stream.h"

#include <gtest/gtest.h>

#include "persistent-data/base/error.h"
#include "tests/unit/support/damaged_image.h"
#include "tests/unit/support/mapping_collector.h"
#include "thin-tools/check/result_check.h"
#include "thin-tools/repair/repair.h"

namespace thin_tools {
namespace {

class plan_stream : public ::testing::Test {
 protected:
  plan_stream()
      : reader_(image_.device(), 1),
        plan_(make_repair_plan(reader_, "image", {})),
        trees_(plan_, image_.device()),
        tree_reader_(trees_, 1) {}

  void stream(const pdata::stream_options& options) {
    streamed_ = {};
    stream_plan(plan_, trees_, tree_reader_, options, streamed_);
  }
  time_changes check(const pdata::stream_options& options) {
    auto devices = streamed_devices(plan_, trees_, options);
    return check_trees(tree_reader_, trees_.nr_blocks(), plan_.superblock, devices);
  }

  test_support::damaged_image image_{"snapshots"};
  pdata::batch_reader reader_;
  repair_plan plan_;
  plan_device trees_;
  pdata::batch_reader tree_reader_;
  test_support::mapping_collector streamed_;
};

TEST_F(plan_stream, has_all_devices_of_the_plan) {
  EXPECT_EQ(check({}).changes(), "");
  stream({});
  ASSERT_GT(plan_.devices.size(), 1u);
  ASSERT_EQ(streamed_.devices.size(), plan_.devices.size());
  for (const auto& device : plan_.devices)
    EXPECT_EQ(streamed_.devices.at(device.id).size(), device.nr_kept());
}

TEST_F(plan_stream, is_refused_where_a_device_has_other_numbers_of_mappings) {
  const auto changed = plan_.devices.back().id;
  ++plan_.devices.back().details.mapped_blocks;
  EXPECT_THROW(std::ignore = check({}), pdata::error);
  EXPECT_THROW(stream({}), pdata::error);
  // What is not streamed is not in question.
  const pdata::stream_options others{.devices = std::set{plan_.devices.front().id}};
  ASSERT_NE(plan_.devices.front().id, changed);
  EXPECT_NO_THROW(std::ignore = check(others));
  EXPECT_NO_THROW(stream(others));
}

TEST_F(plan_stream, is_refused_where_mappings_lead_behind_the_data_device) {
  plan_.superblock.nr_data_blocks = 1;
  EXPECT_THROW(std::ignore = check({}), pdata::error);
  EXPECT_THROW(stream({}), pdata::error);
}

TEST_F(plan_stream, takes_no_memory_for_data_blocks_that_cannot_be) {
  plan_.superblock.nr_data_blocks = UINT64_MAX;
  EXPECT_NO_THROW(std::ignore = check({}));
  EXPECT_THROW(stream({}), pdata::error);
}

}  // namespace
}  // namespace thin_tools
