// Which nodes are whole, and which are orphans, on images with planted damage.
#include "thin-tools/ll/mapping_nodes.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "persistent-data/format/damage_sinks.h"
#include "tests/unit/support/damaged_image.h"
#include "thin-tools/ll/orphans.h"

namespace thin_tools {
namespace {

using pdata::metadata_block;
using test_support::damaged_image;

struct judged {
  explicit judged(damaged_image& image, std::vector<metadata_block> roots)
      : reader(image.device()), nodes(reader, image.device().nr_blocks(), roots) {}
  pdata::batch_reader reader;
  mapping_nodes nodes;
};

TEST(mapping_nodes, a_tree_is_whole_until_a_leaf_breaks) {
  damaged_image image("snapshots");
  const auto root = image.device_root(0);
  const auto leaves = image.leaves(root);
  ASSERT_GE(leaves.size(), 3U);
  {
    judged before(image, {root});
    EXPECT_TRUE(before.nodes.is_whole(root));
    const auto keys = before.nodes.keys(root);
    ASSERT_TRUE(keys.has_value());
    EXPECT_EQ(keys->first, image.node(leaves.front()).first_key());
    EXPECT_EQ(keys->last, image.node(leaves.back()).last_key());
    std::uint64_t sum = 0;
    for (const auto leaf : leaves) sum += image.node(leaf).nr_entries();
    EXPECT_EQ(before.nodes.nr_mappings(root), sum);
  }
  image.device().at(leaves[1]).bytes[2000] ^= std::byte{1};
  judged after(image, {root});
  EXPECT_FALSE(after.nodes.is_whole(root));
  EXPECT_TRUE(after.nodes.is_whole(leaves[0]));
  EXPECT_FALSE(after.nodes.is_whole(leaves[1]));
}

TEST(mapping_nodes, a_child_out_of_its_keys_is_not_below) {
  damaged_image image("snapshots");
  const auto root = image.device_root(0);
  const auto leaves = image.leaves(root);
  image.set_key(root, 1, image.node(leaves[1]).first_key() + 1);  // it begins below that now
  judged tree(image, {root});
  EXPECT_FALSE(tree.nodes.is_whole(root));
  std::vector<metadata_block> children;
  tree.nodes.for_each_child(*tree.nodes.graph().find(root),
                            [&](metadata_block child) { children.push_back(child); });
  EXPECT_EQ(std::ranges::count(children, leaves[1]), 0);
  EXPECT_EQ(std::ranges::count(children, leaves[2]), 1);
}

TEST(mapping_nodes, roots_that_do_not_exist_are_not_whole) {
  damaged_image image("snapshots");
  judged none(image, {UINT64_MAX, 0});
  EXPECT_FALSE(none.nodes.is_whole(UINT64_MAX));
  EXPECT_FALSE(none.nodes.is_whole(0));
}

TEST(orphans, no_orphan_is_in_a_tree_or_below_another) {
  damaged_image image("snapshots");
  pdata::batch_reader reader(image.device());
  pdata::silent_sink sink;
  const auto layout = pdata::read_layout(image.device(), "image", {}, sink);
  std::vector<bool> mapped(layout.nr_metadata_blocks);
  std::vector<metadata_block> in_use;
  for (pdata::device_id device = 0; device <= 6; ++device) {
    const auto root = image.device_root(device);
    in_use.push_back(root);
    std::ranges::copy(image.leaves(root), std::back_inserter(in_use));
  }
  for (const auto b : in_use) mapped[b] = true;
  auto found = find_orphans(reader, layout, mapped, 0, layout.nr_metadata_blocks);
  EXPECT_FALSE(found.roots.empty());
  for (const auto b : found.roots) {
    EXPECT_FALSE(mapped[b]) << b;
    EXPECT_TRUE(found.nodes->is_whole(b)) << b;
    found.nodes->for_each_child(*found.nodes->graph().find(b), [&](metadata_block child) {
      EXPECT_FALSE(std::ranges::binary_search(found.roots, child)) << child << " below " << b;
    });
  }
}

}  // namespace
}  // namespace thin_tools
