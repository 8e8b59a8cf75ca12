// No leaf that is written below a node is smaller than a third of what fits into it: the kernel
// leaves none so, and thin_check of thin-provisioning-tools 0.9.0 rejects one.
#include <gtest/gtest.h>

#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/node_editor.h"
#include "tests/unit/support/commit_history.h"
#include "tests/unit/thin-tools/repair/repaired_pool.h"
#include "thin-tools/repair/output/leaf_rows.h"
#include "thin-tools/repair/scan/small_trees.h"

namespace thin_tools {
namespace {

using pdata::memory_device;
using pdata::metadata_block;
using pdata::node_view;
using test_support::commit_history;
using test_support::read_pool_image;

node_view node_at(memory_device& image, metadata_block at) {
  return std::get<node_view>(node_view::parse(image.at(at).view()));
}

// The leaves of a device, in key order.
std::vector<metadata_block> leaves_of(memory_device& image, pdata::device_id id) {
  pdata::batch_reader reader(image, 1);
  std::vector<metadata_block> level{
      read_top_level(reader, read_pool_image(image).superblock.mapping_root, image.nr_blocks())
          .roots.at(id)};
  while (!node_at(image, level.front()).is_leaf()) {
    std::vector<metadata_block> below;
    for (const auto b : level)
      for (std::uint32_t i = 0; i < node_at(image, b).nr_entries(); ++i)
        below.push_back(node_at(image, b).value_u64(i));
    level = std::move(below);
  }
  return level;
}

// Both leaves map the same data blocks then, which are counted once: nobody knows whose they are.
void contest(memory_device& image, metadata_block one, metadata_block other, std::uint32_t count) {
  const auto from = node_at(image, other);
  pdata::node_editor to(image.at(one).span());
  for (std::uint32_t i = 0; i < count; ++i) to.set_value_u64(i, from.value_u64(i));
  pdata::seal(image.at(one).span(), pdata::block_kind::btree_node, one);
}

void expect_no_small_leaf(memory_device& image, pdata::device_id id) {
  const auto leaves = leaves_of(image, id);
  ASSERT_GT(leaves.size(), 1u);
  for (const auto leaf : leaves) EXPECT_GE(node_at(image, leaf).nr_entries(), leaf_entries_min);
}

class small_leaves : public ::testing::Test {
 protected:
  void SetUp() override {
    history_.create_thin(1);
    history_.commit();
    history_.write(1, 0, 3000);
    history_.commit();
  }

  // Leaves lose most of what they map.
  void damage() {
    const auto leaves = leaves_of(image_, 1);
    ASSERT_GT(leaves.size(), 8u);
    const auto count = node_at(image_, leaves[5]).nr_entries() - 10;
    contest(image_, leaves[2], leaves[5], count);
    truth_ = read_pool_image(image_).devices;
    for (auto& [id, mappings] : truth_)
      for (const auto lost : {leaves[2], leaves[5]})
        for (std::uint32_t i = 0; i < count; ++i) mappings.erase(node_at(image_, lost).key(i));
  }

  commit_history history_;
  memory_device image_{1};
  decltype(test_support::pool_image::devices) truth_;
};

TEST_F(small_leaves, join_those_beside_them) {
  image_ = history_.image();
  damage();
  pdata::batch_reader reader(image_, 1);
  auto plan = make_repair_plan(reader, "image", {});
  const auto needed = blocks_needed(plan, reader, image_.nr_blocks());
  memory_device result(image_.nr_blocks());
  write_plan(plan, reader, result);
  EXPECT_EQ(check(result, "result", {}).outcome(), verdict::healthy);
  EXPECT_EQ(read_pool_image(result).devices, truth_);
  expect_no_small_leaf(result, 1);
  EXPECT_EQ(read_pool_image(result).superblock.metadata_space_map.nr_allocated, needed);
}

// What a device shares with its snapshot, and what it does not: counts of data blocks are right.
TEST_F(small_leaves, are_joined_in_every_tree_that_has_them) {
  history_.create_snap(2, 1);
  history_.commit();
  image_ = history_.image();
  const auto leaves = leaves_of(image_, 1);
  history_.write(1, node_at(image_, leaves[1]).key(0), 1);
  history_.commit();
  image_ = history_.image();
  damage();
  const auto [plan, result] = repair(image_);
  EXPECT_EQ(result.devices, truth_);
  pdata::batch_reader reader(image_, 1);
  auto again = make_repair_plan(reader, "image", {});
  memory_device written(image_.nr_blocks());
  write_plan(again, reader, written);
  expect_no_small_leaf(written, 1);
  expect_no_small_leaf(written, 2);
}

// All that is left of a tree.
TEST_F(small_leaves, may_be_all_of_a_device) {
  image_ = history_.image();
  const auto leaves = leaves_of(image_, 1);
  for (std::size_t i = 1; i < leaves.size(); ++i) image_.at(leaves[i]) = {};
  auto& leaf = image_.at(leaves[0]);
  pdata::node_editor(leaf.span()).set_nr_entries(20);
  pdata::seal(leaf.span(), pdata::block_kind::btree_node, leaves[0]);
  const auto [plan, result] = repair(image_);
  EXPECT_EQ(result.devices.at(1).size(), 20u);
}

}  // namespace
}  // namespace thin_tools
