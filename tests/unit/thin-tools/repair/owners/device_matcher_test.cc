// Whole repairs of pools that lost what names their trees, and leaves of these trees.
#include "thin-tools/repair/owners/device_matcher.h"

#include <gtest/gtest.h>

#include <numeric>
#include <tuple>

#include "persistent-data/base/error.h"
#include "tests/unit/support/commit_history.h"
#include "tests/unit/support/planted_tree.h"
#include "tests/unit/thin-tools/repair/repaired_pool.h"
#include "thin-tools/repair/scan/small_trees.h"

namespace thin_tools {
namespace {

using pdata::memory_device;
using pdata::metadata_block;
using test_support::commit_history;
using test_support::planted_tree;
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

// Trees without a name, and older copies of what names them.
struct nameless_trees {
  planted_tree on{40};
  std::vector<metadata_block> roots;
  std::vector<std::uint32_t> nr_missing;

  // A tree of one leaf. Its keys are no block numbers, so that it is no leaf of a top level.
  void tree(metadata_block root, std::uint64_t nr_mappings, std::uint32_t missing) {
    std::vector<std::uint64_t> keys(nr_mappings);
    std::iota(keys.begin(), keys.end(), 1000U);
    on.leaf(root, keys);
    roots.push_back(root);
    nr_missing.push_back(missing);
  }

  // Roots by device, for the devices that lost them.
  std::map<pdata::device_id, metadata_block> match(
      const std::map<pdata::device_id, std::uint64_t>& mapped_blocks) {
    pdata::batch_reader reader(on.device(), 1);
    const device_scan device(reader, on.device().nr_blocks());
    mapping_forest forest(reader, on.device().nr_blocks());
    forest.read(roots, [](const pdata::visited_leaf&) {});
    std::vector<orphan> orphans;
    for (std::size_t i = 0; i < roots.size(); ++i)
      orphans.push_back({*forest.good_node(roots[i]), nr_missing[i]});
    std::map<pdata::device_id, pdata::device_details> devices;
    for (const auto& [id, count] : mapped_blocks) devices[id].mapped_blocks = count;
    std::map<pdata::device_id, metadata_block> found;
    for (const auto& [id, match] : match_devices(device, forest, devices, orphans))
      found[id] = match.root;
    return found;
  }
};

using owners = std::map<pdata::device_id, metadata_block>;

TEST(device_matcher, gives_a_tree_to_as_many_devices_as_references_are_missing) {
  nameless_trees one;
  one.tree(5, 3, 1);
  EXPECT_EQ(one.match({{1, 3}}), (owners{{1, 5}}));
  EXPECT_EQ(one.match({{1, 3}, {2, 3}}), owners());
  nameless_trees two;
  two.tree(5, 3, 2);
  EXPECT_EQ(two.match({{1, 3}, {2, 3}}), (owners{{1, 5}, {2, 5}}));
  // Who the other one is that shares it is not known: it may be this one that does not.
  EXPECT_EQ(two.match({{1, 3}}), owners());
}

TEST(device_matcher, gives_no_more_empty_trees_than_there_are) {
  nameless_trees none;
  EXPECT_EQ(none.match({{1, 0}}), owners());
  nameless_trees one;
  one.tree(5, 0, 1);
  EXPECT_EQ(one.match({{1, 0}}), (owners{{1, 5}}));
  EXPECT_EQ(one.match({{1, 0}, {2, 0}}), owners());
}

// Where several have as many mappings, a copy that names all owners of a tree tells.
TEST(device_matcher, believes_older_copies_of_the_top_level) {
  nameless_trees equal;
  equal.tree(5, 3, 1);
  equal.tree(6, 3, 1);
  EXPECT_EQ(equal.match({{5, 3}, {6, 3}}), owners());
  equal.on.leaf(20, {5, 6});
  EXPECT_EQ(equal.match({{5, 3}, {6, 3}}), (owners{{5, 5}, {6, 6}}));
  nameless_trees shared;
  shared.tree(5, 3, 2);
  shared.tree(6, 3, 1);
  shared.on.leaf(20, {5, 6});
  EXPECT_EQ(shared.match({{5, 3}, {6, 3}}), (owners{{6, 6}}));
}

}  // namespace
}  // namespace thin_tools
