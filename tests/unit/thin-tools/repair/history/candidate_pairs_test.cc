#include "thin-tools/repair/history/candidate_pairs.h"

#include <gtest/gtest.h>

#include "tests/unit/support/commit_history.h"
#include "thin-tools/repair/history/root_choice.h"

namespace thin_tools {
namespace {

// Device 1 maps block 1: its tree has the keys of a top level that names device 1.
TEST(best_agreement, takes_no_tree_of_a_device_for_the_one_that_names_devices) {
  test_support::commit_history pool;
  pool.create_thin(1);
  pool.write(1, 1, 1);
  pool.commit();
  pdata::batch_reader reader(pool.image(), 1);
  const device_scan device(reader, pool.image().nr_blocks());
  const auto says = *read_superblock(reader, 0, device.scan.nr_blocks());
  const auto tree = device.small_trees.top_level_at(says.mapping_root)->roots.at(1);

  EXPECT_FALSE(best_agreement(device, {tree}, {says.details_root}));
  const auto found = best_agreement(device, {tree, says.mapping_root}, {says.details_root});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->mapping_root, says.mapping_root);
}

}  // namespace
}  // namespace thin_tools
