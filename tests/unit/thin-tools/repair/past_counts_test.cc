// Holes where the space map of the last state is damaged as well.
#include <gtest/gtest.h>

#include "tests/unit/support/commit_history.h"
#include "tests/unit/thin-tools/repair/repaired_pool.h"
#include "thin-tools/repair/scan/small_trees.h"

namespace thin_tools {
namespace {

using pdata::memory_device;
using pdata::metadata_block;
using test_support::commit_history;
using test_support::read_pool_image;

void make_two_devices(commit_history& history) {
  for (const pdata::device_id id : {1, 2}) {
    history.create_thin(id);
    history.commit();
    history.write(id, 0, 900, 2);
    history.commit();
  }
}

metadata_block root_of(memory_device& image, pdata::device_id id) {
  pdata::batch_reader reader(image, 1);
  return read_top_level(reader, read_pool_image(image).superblock.mapping_root, image.nr_blocks())
      .roots.at(id);
}

TEST(past_counts, tell_the_children_of_a_node_that_is_older_than_the_last_commit) {
  commit_history history;
  make_two_devices(history);
  history.write(2, 1, 3);
  history.commit();
  const auto truth = read_pool_image(history.image());
  auto image = history.image();
  image.at(root_of(image, 1)).bytes[50] ^= std::byte{1};
  image.at(truth.superblock.metadata_space_map.bitmap_root).bytes[50] ^= std::byte{1};
  EXPECT_EQ(repair(image).result.devices, truth.devices);
}

TEST(past_counts, tell_nothing_of_a_node_that_the_last_commit_made) {
  commit_history history;
  make_two_devices(history);
  history.write(2, 1, 3);
  history.commit();
  auto truth = read_pool_image(history.image());
  auto image = history.image();
  image.at(root_of(image, 2)).bytes[50] ^= std::byte{1};
  image.at(truth.superblock.metadata_space_map.bitmap_root).bytes[50] ^= std::byte{1};
  truth.devices.erase(2);
  EXPECT_EQ(repair(image).result.devices, truth.devices);
}

TEST(past_counts, are_not_those_of_an_older_state) {
  commit_history history;
  make_two_devices(history);
  history.write(1, 1, 3);
  history.commit();
  history.write(2, 1, 3);
  history.commit();
  const auto truth = read_pool_image(history.image());
  auto image = history.image();
  image.at(root_of(image, 1)).bytes[50] ^= std::byte{1};
  image.at(truth.superblock.metadata_space_map.bitmap_root).bytes[50] ^= std::byte{1};
  const auto before = read_pool_image(history.image(1)).superblock;
  image.at(before.metadata_space_map.bitmap_root).bytes[50] ^= std::byte{1};
  EXPECT_FALSE(repair(image).result.devices.contains(1));
}

}  // namespace
}  // namespace thin_tools
