// Mappings of lost leaves that older copies of them have: written where likely ones are wanted.
#include <gtest/gtest.h>

#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/mapping_value.h"
#include "persistent-data/format/node_editor.h"
#include "tests/unit/support/commit_history.h"
#include "tests/unit/thin-tools/repair/repaired_pool.h"
#include "thin-tools/repair/output/repair_report.h"
#include "thin-tools/repair/scan/small_trees.h"

namespace thin_tools {
namespace {

using pdata::memory_device;
using pdata::metadata_block;
using test_support::commit_history;
using test_support::read_pool_image;

constexpr std::uint64_t nr_written = 2000;

metadata_block leaf_of(memory_device& image, std::uint64_t key) {
  pdata::batch_reader reader(image, 1);
  auto at =
      read_top_level(reader, read_pool_image(image).superblock.mapping_root, image.nr_blocks())
          .roots.at(1);
  while (true) {
    const auto node = std::get<pdata::node_view>(pdata::node_view::parse(image.at(at).view()));
    if (node.is_leaf()) return at;
    std::uint32_t slot = 0;
    while (slot + 1 < node.nr_entries() && node.key(slot + 1) <= key) ++slot;
    at = node.value_u64(slot);
  }
}

repair_plan plan_of(memory_device& image, bool salvage) {
  pdata::batch_reader reader(image, 1);
  auto plan = make_repair_plan(reader, "image", {.salvage = salvage});
  memory_device result(image.nr_blocks());
  write_plan(plan, reader, result);
  EXPECT_EQ(check(result, "result", {}).nr_fatal, 0u);
  return plan;
}

// A device whose leaves have older copies, which lack one mapping each.
void write_twice(commit_history& history) {
  history.create_thin(1);
  history.commit();
  history.write(1, 0, nr_written, 2);
  history.commit();
  history.write(1, 1001, 1);
  history.commit();
}

TEST(salvage, takes_what_an_older_copy_of_a_leaf_has) {
  commit_history history;
  write_twice(history);
  auto image = history.image();
  image.at(leaf_of(image, 1001)) = {};

  const auto without = plan_of(image, false);
  ASSERT_EQ(without.devices.size(), 1u);
  EXPECT_EQ(without.grades().nr_likely, 0u);
  EXPECT_LT(without.devices.front().nr_kept(), nr_written);

  const auto with = plan_of(image, true);
  ASSERT_EQ(with.devices.size(), 1u);
  const auto& device = with.devices.front();
  EXPECT_EQ(device.nr_kept(), nr_written);  // all but the youngest one
  EXPECT_EQ(device.nr_likely, nr_written - without.devices.front().nr_kept());
  EXPECT_EQ(with.grades().nr_likely, device.nr_likely);
  EXPECT_EQ(with.grades().nr_left_out, 1u);
  EXPECT_FALSE(with.account_closed());
  EXPECT_NE(full_report(with, "image").find("likely, not sure"), std::string::npos);
}

TEST(salvage, writes_what_was_there) {
  commit_history history;
  write_twice(history);
  auto image = history.image();
  auto truth = read_pool_image(image).devices;
  const auto lost = leaf_of(image, 1001);
  image.at(lost) = {};
  pdata::batch_reader reader(image, 1);
  auto plan = make_repair_plan(reader, "image", {.salvage = true});
  memory_device result(image.nr_blocks());
  write_plan(plan, reader, result);
  truth.at(1).erase(1001);
  const auto found = read_pool_image(result).devices;
  EXPECT_EQ(found.at(1), truth.at(1));
}

// Two leaves map a data block that is counted once: nobody knows which of them is wrong.
TEST(salvage, leaves_out_what_is_mapped_more_often_than_counted) {
  commit_history history;
  write_twice(history);
  auto image = history.image();
  const auto truth = read_pool_image(image);
  const auto first = leaf_of(image, 0);
  const auto other = leaf_of(image, 3000);
  ASSERT_NE(first, other);
  const auto from = std::get<pdata::node_view>(pdata::node_view::parse(image.at(other).view()));
  pdata::node_editor(image.at(first).span()).set_value_u64(3, from.value_u64(3));
  pdata::seal(image.at(first).span(), pdata::block_kind::btree_node, first);
  pdata::batch_reader reader(image, 1);
  auto plan = plan_of(image, false);
  EXPECT_EQ(plan.devices.front().nr_kept(), truth.devices.at(1).size() - 2);
  EXPECT_TRUE(plan.lost_something());
  memory_device result(image.nr_blocks());
  write_plan(plan, reader, result);
  const auto found = read_pool_image(result);
  for (const auto& [block, mapping] : found.devices.at(1))
    EXPECT_EQ(truth.devices.at(1).at(block), mapping) << block;
}

// All that a leaf maps is younger than the pool: it is no child of a node any more, and its block
// is free.
TEST(salvage, keeps_no_leaf_of_which_no_mapping_can_be_true) {
  commit_history history;
  write_twice(history);
  auto image = history.image();
  const auto truth = read_pool_image(image);
  const auto location = leaf_of(image, 0);
  auto& block = image.at(location);
  const auto leaf = std::get<pdata::node_view>(pdata::node_view::parse(block.view()));
  const auto nr_entries = leaf.nr_entries();
  const auto mapped = pdata::unpack_mapping(leaf.value_u64(0));
  auto editor = pdata::node_editor::format(block.span(), pdata::node_kind::leaf,
                                           pdata::child_value_bytes, leaf.max_entries());
  pdata::entry_list one(pdata::child_value_bytes);
  one.add_u64(0, pdata::pack_mapping({mapped.block, 5000}));
  editor.insert_at(0, one.key(0), one.value(0));
  pdata::seal(block.span(), pdata::block_kind::btree_node, location);
  const auto [plan, result] = repair(image);
  EXPECT_EQ(plan.devices.front().nr_kept(), nr_written + 1 - nr_entries);
  EXPECT_EQ(result.devices.at(1).size(), nr_written + 1 - nr_entries);
  EXPECT_FALSE(result.devices.at(1).contains(0));
  EXPECT_EQ(result.devices.at(1).at(3000), truth.devices.at(1).at(3000));
}

// The last write of a leaf was lost: what stands there is sound, and one mapping short.
TEST(salvage, marks_a_device_that_lacks_mappings_without_damage) {
  commit_history history;
  write_twice(history);
  auto image = history.image();
  const auto leaf = leaf_of(image, 1001);
  image.at(leaf) = history.image(1).at(leaf_of(history.image(1), 1001));
  pdata::seal(image.at(leaf).span(), pdata::block_kind::btree_node, leaf);
  const auto plan = plan_of(image, false);
  ASSERT_EQ(plan.devices.size(), 1u);
  EXPECT_EQ(plan.devices.front().nr_kept(), nr_written);
  EXPECT_TRUE(plan.devices.front().guessed());
  EXPECT_TRUE(plan.lost_something());
}

// A data block that is mapped elsewhere by now is not given to where it was.
TEST(salvage, leaves_out_what_is_mapped_elsewhere_or_free) {
  commit_history history;
  history.create_thin(1);
  history.create_thin(2);
  history.commit();
  history.write(1, 0, nr_written, 2);
  history.commit();
  history.discard(1, 1000, 1100);
  history.commit();
  history.reopen();
  history.write(2, 0, 20);  // takes what was freed
  history.commit();
  auto image = history.image();
  const auto truth = read_pool_image(image);
  const auto lost = leaf_of(image, 1100);
  image.at(lost) = {};
  const auto plan = plan_of(image, true);
  for (const auto& device : plan.devices)
    EXPECT_LE(device.nr_kept(), truth.devices.at(device.id).size());
  EXPECT_NE(plan.grades().nr_likely, 0u);
}

}  // namespace
}  // namespace thin_tools
