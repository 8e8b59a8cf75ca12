// Whole repairs of pools that lost what names their trees, and leaves of these trees.
#include "thin-tools/repair/owners/device_matcher.h"

#include <gtest/gtest.h>

#include <tuple>

#include "persistent-data/base/error.h"
#include "tests/unit/support/commit_history.h"
#include "tests/unit/thin-tools/repair/repaired_pool.h"
#include "thin-tools/repair/scan/small_trees.h"

namespace thin_tools {
namespace {

using pdata::memory_device;
using pdata::metadata_block;
using test_support::commit_history;
using test_support::read_pool_image;

metadata_block first_leaf_of(memory_device& image, pdata::device_id id) {
  pdata::batch_reader reader(image, 1);
  auto at =
      read_top_level(reader, read_pool_image(image).superblock.mapping_root, image.nr_blocks())
          .roots.at(id);
  while (true) {
    const auto node = std::get<pdata::node_view>(pdata::node_view::parse(image.at(at).view()));
    if (node.is_leaf()) return at;
    at = node.value_u64(0);
  }
}

void lose(memory_device& image, metadata_block b) { image.at(b).bytes[200] ^= std::byte{4}; }

// The devices were made by the last commit, so that the state before tells nothing of their trees.
memory_device nameless(commit_history& history, std::uint64_t first, std::uint64_t second) {
  history.create_thin(1);
  history.create_thin(2);
  history.write(1, 0, first);
  history.write(2, 0, second);
  history.commit();
  auto image = history.image();
  const metadata_block lost[] = {read_pool_image(image).superblock.mapping_root,
                                 first_leaf_of(image, 1), first_leaf_of(image, 2)};
  for (const auto b : lost) lose(image, b);
  return image;
}

TEST(damaged_trees, belong_to_the_devices_that_can_have_so_many_mappings) {
  commit_history history;
  auto image = nameless(history, 700, 2000);
  const auto truth = read_pool_image(history.image());
  const auto found = repair(image);
  ASSERT_EQ(found.plan.devices.size(), 2u);
  for (const auto& device : found.plan.devices) {
    EXPECT_TRUE(device.guessed());
    EXPECT_GT(device.nr_kept() + 252, truth.devices.at(device.id).size());
    for (const auto& [block, mapping] : found.result.devices.at(device.id))
      EXPECT_EQ(truth.devices.at(device.id).at(block), mapping) << block;
  }
  EXPECT_TRUE(found.plan.lost_something());
}

// What is lost may be the difference.
TEST(damaged_trees, are_left_out_where_either_device_can_have_either) {
  commit_history history;
  auto image = nameless(history, 1000, 1001);
  EXPECT_THROW(std::ignore = repair(image), pdata::error);
}

}  // namespace
}  // namespace thin_tools
