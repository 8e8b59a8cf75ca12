#include "thin-tools/repair/placement/hidden_nodes.h"

#include <gtest/gtest.h>

#include "tests/unit/support/commit_history.h"

namespace thin_tools {
namespace {

using pdata::memory_device;
using test_support::commit_history;

hidden_nodes hidden_of(memory_device& image) {
  pdata::batch_reader reader(image, 1);
  const device_scan device(reader, image.nr_blocks());
  const auto pool = pdata::superblock::load(image.at(pdata::superblock_location).view());
  chosen_roots roots(
      pdata::stored_counts::load(reader, pool.metadata_space_map.bitmap_root, image.nr_blocks()));
  roots.superblock = pool;
  roots.mapping_root = pool.mapping_root;
  roots.details_root = pool.details_root;
  const repair_options none;
  return find_hidden_nodes(device, roots,
                           take_census(repair_request(reader, "image", none), device, roots));
}

TEST(hidden_nodes, may_have_stood_behind_the_end_of_a_device_that_was_cut) {
  commit_history history;
  history.create_thin(1);
  history.write(1, 0, 2000, 2);
  history.commit();
  auto image = history.image();
  EXPECT_TRUE(hidden_of(image).all_known);
  image.resize(image.nr_blocks() - 1);
  EXPECT_FALSE(hidden_of(image).all_known);
}

}  // namespace
}  // namespace thin_tools
