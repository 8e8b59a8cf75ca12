// What a repair adds up, and how often it looks for that: the work follows the
// nodes on the device, however many devices share them.
#include "thin-tools/repair/trees/accounts.h"

#include <gtest/gtest.h>

#include "tests/unit/support/planted_tree.h"
#include "thin-tools/repair/trees/forest_order.h"

namespace thin_tools {
namespace {

using pdata::metadata_block;

// Trees of three levels above the same nodes, each with a root of its own. Every
// other leaf is bad.
struct shared_trees {
  static constexpr metadata_block nr_nodes = 20;
  static constexpr metadata_block leaves_of_node = 10;
  static constexpr metadata_block first_leaf = 10;
  static constexpr metadata_block first_node = first_leaf + nr_nodes * leaves_of_node;
  static constexpr metadata_block first_root = first_node + nr_nodes;

  explicit shared_trees(metadata_block nr_roots)
      : on(first_root + nr_roots), reader(on.device(), 1), leaves(1 << 20, 1) {
    std::vector<test_support::planted_tree::child> nodes;
    for (metadata_block n = 0; n < nr_nodes; ++n) {
      std::vector<test_support::planted_tree::child> children;
      for (metadata_block i = 0; i < leaves_of_node; ++i) {
        const auto at = first_leaf + n * leaves_of_node + i;
        on.leaf(at, {10 * at, 10 * at + 1});
        if (i % 2 == 1) on.trash(at);
        children.push_back({10 * at, at});
      }
      on.internal(first_node + n, children);
      nodes.push_back({children.front().key, first_node + n});
    }
    for (metadata_block n = 0; n < nr_roots; ++n) {
      on.internal(first_root + n, nodes);
      roots.push_back(first_root + n);
    }
    forest = std::make_unique<mapping_forest>(reader, on.device().nr_blocks());
    forest->read(roots, [](const pdata::visited_leaf&) {});
  }

  test_support::planted_tree on;
  pdata::batch_reader reader;
  leaf_census leaves;
  std::vector<metadata_block> roots;
  std::unique_ptr<mapping_forest> forest;
};

TEST(subtree_account, adds_up_all_that_its_parts_have) {
  const subtree_account part{.nr_mapped = 1,
                             .nr_dropped = 20,
                             .nr_regained = 300,
                             .nr_agreed = 4000,
                             .nr_likely = 50000,
                             .nr_holes = 600000};
  subtree_account sum = part;
  sum.add(part);
  EXPECT_EQ(sum.nr_mapped, 2u);
  EXPECT_EQ(sum.nr_dropped, 40u);
  EXPECT_EQ(sum.nr_regained, 600u);
  EXPECT_EQ(sum.nr_agreed, 8000u);
  EXPECT_EQ(sum.nr_likely, 100000u);
  EXPECT_EQ(sum.nr_holes, 1200000u);
}

TEST(forest_accounts, say_what_each_tree_has_and_lacks) {
  shared_trees trees(2);
  forest_accounts accounts(*trees.forest, trees.leaves);
  accounts.make(trees.roots);
  for (const auto root : trees.roots) {
    EXPECT_EQ(accounts.of(root).nr_mapped, 2 * 5 * shared_trees::nr_nodes);
    EXPECT_EQ(accounts.of(root).nr_holes, 5 * shared_trees::nr_nodes);
  }
}

TEST(forest_accounts, look_at_what_devices_share_once) {
  constexpr metadata_block nr_shared_slots = shared_trees::nr_nodes * shared_trees::leaves_of_node;
  for (const metadata_block nr_devices : {1, 10, 2000}) {
    shared_trees trees(nr_devices);
    forest_accounts accounts(*trees.forest, trees.leaves);
    accounts.make(trees.roots);
    EXPECT_EQ(accounts.nr_looks(), nr_shared_slots + nr_devices * shared_trees::nr_nodes);
    std::uint64_t nr_holes = 0;
    for_each_hole(*trees.forest, trees.roots, [&](const hole&) { ++nr_holes; });
    EXPECT_EQ(nr_holes, 5 * shared_trees::nr_nodes);
  }
}

TEST(forest_order, lists_no_more_holes_than_it_may_look_for) {
  shared_trees trees(1);
  std::uint64_t nr_looks = 1000;
  std::uint64_t nr_listed = 0;
  list_holes(*trees.forest, trees.roots.front(), nr_looks, [&](const hole&) {
    ++nr_listed;
    return true;
  });
  EXPECT_EQ(nr_listed, 5 * shared_trees::nr_nodes);
  EXPECT_EQ(nr_looks, 1000 - shared_trees::nr_nodes * (1 + shared_trees::leaves_of_node));
  nr_looks = 20;
  nr_listed = 0;
  list_holes(*trees.forest, trees.roots.front(), nr_looks, [&](const hole&) {
    ++nr_listed;
    return true;
  });
  EXPECT_EQ(nr_looks, 0U);
  EXPECT_LT(nr_listed, 20U);
}

}  // namespace
}  // namespace thin_tools
