// Nodes that are too small stand with those beside them, in key order, at one height.
#include "thin-tools/repair/output/tree_assembler.h"

#include <gtest/gtest.h>

#include <functional>
#include <numeric>

#include "persistent-data/format/btree_node.h"
#include "persistent-data/io/block_writer.h"
#include "tests/unit/support/planted_tree.h"

namespace thin_tools {
namespace {

using pdata::entry_list;
using pdata::metadata_block;
using pdata::node_index;
using test_support::planted_tree;

constexpr std::uint64_t leaf_keys = leaf_entries_min;
constexpr std::size_t node_children_min = pdata::max_node_entries(pdata::child_value_bytes) / 3;

// A root above two nodes, of which the second is bad; its leaves are known.
struct half_lost_tree {
  static constexpr metadata_block root = 1;
  static constexpr metadata_block whole = 2;
  static constexpr metadata_block lost = 3;
  static constexpr metadata_block first_leaf = 10;

  half_lost_tree(std::uint64_t nr_whole, std::uint64_t nr_grafted)
      : nr_leaves(nr_whole + nr_grafted), on(first_leaf + nr_leaves), reader(on.device(), 1) {
    std::vector<planted_tree::child> children;
    for (std::uint64_t leaf = 0; leaf < nr_leaves; ++leaf) {
      std::vector<std::uint64_t> keys(leaf_keys);
      std::iota(keys.begin(), keys.end(), leaf * leaf_keys);
      on.leaf(first_leaf + leaf, keys);
      if (leaf < nr_whole) children.push_back({keys.front(), first_leaf + leaf});
    }
    on.internal(whole, children);
    on.internal(lost, {{nr_whole * leaf_keys, first_leaf + nr_whole}});
    on.trash(lost);
    on.internal(root, {{0, whole}, {nr_whole * leaf_keys, lost}});

    std::vector<metadata_block> roots{root};
    for (std::uint64_t leaf = nr_whole; leaf < nr_leaves; ++leaf)
      roots.push_back(first_leaf + leaf);
    forest = std::make_unique<mapping_forest>(reader, on.device().nr_blocks());
    forest->read(roots, [](const pdata::visited_leaf&) {});
    std::vector<graft> grafts;
    for (std::uint64_t leaf = nr_whole; leaf < nr_leaves; ++leaf)
      grafts.push_back({*forest->good_node(first_leaf + leaf)});
    forest->fill(forest->at_slot(*forest->good_node(root), 1).id, std::move(grafts));
  }

  std::uint64_t nr_leaves;
  planted_tree on;
  pdata::batch_reader reader;
  leaf_census leaves{1 << 20, 1};
  std::unique_ptr<mapping_forest> forest;
};

// The tree as it is written: its keys in order of the leaves, and how many children its
// internal nodes have, from above.
struct written_tree {
  std::vector<std::uint64_t> keys;
  std::vector<std::size_t> children;
  std::vector<int> depths;  // of the leaves
};

written_tree write(half_lost_tree& tree) {
  pdata::memory_device target(2 * tree.on.device().nr_blocks());
  pdata::block_writer out(&target, 1, target.nr_blocks());
  pdata::node_store store(out, [](metadata_block) {});
  const auto entries_of = [&](node_index leaf) {
    const auto at = tree.forest->graph().node(leaf).location;
    const auto node =
        std::get<pdata::node_view>(pdata::node_view::parse(tree.on.device().at(at).view()));
    entry_list entries(pdata::child_value_bytes);
    for (std::uint32_t i = 0; i < node.nr_entries(); ++i) entries.add(node.key(i), node.value(i));
    return entries;
  };
  const leaf_access access{.place =
                               [&](node_index leaf) {
                                 const auto entries = entries_of(leaf);
                                 return store.write_leaf(entries, 0, entries.size());
                               },
                           .read = entries_of};
  tree_assembler assembler(*tree.forest, tree.leaves, store, access);
  const metadata_block roots[] = {half_lost_tree::root};
  assembler.prepare(roots);
  const auto root = assembler.write(half_lost_tree::root);
  out.finish();

  written_tree found;
  const std::function<void(metadata_block, int)> walk = [&](metadata_block at, int depth) {
    const auto node = std::get<pdata::node_view>(pdata::node_view::parse(target.at(at).view()));
    if (!node.is_leaf()) found.children.push_back(node.nr_entries());
    if (node.is_leaf()) found.depths.push_back(depth);
    for (std::uint32_t i = 0; i < node.nr_entries(); ++i)
      if (node.is_leaf())
        found.keys.push_back(node.key(i));
      else
        walk(node.value_u64(i), depth + 1);
  };
  walk(root, 0);
  return found;
}

void expect_whole(const written_tree& found, const half_lost_tree& tree) {
  std::vector<std::uint64_t> all(tree.nr_leaves * leaf_keys);
  std::iota(all.begin(), all.end(), 0U);
  EXPECT_EQ(found.keys, all);
  for (const int depth : found.depths) EXPECT_EQ(depth, found.depths.front());
}

TEST(tree_assembler, joins_what_is_too_few_for_a_node_with_the_node_before_it) {
  half_lost_tree tree(100, 20);
  const auto found = write(tree);
  expect_whole(found, tree);
  EXPECT_EQ(found.children, (std::vector<std::size_t>{120}));
}

TEST(tree_assembler, shares_between_two_nodes_what_would_leave_the_second_too_small) {
  half_lost_tree tree(200, 60);
  const auto found = write(tree);
  expect_whole(found, tree);
  EXPECT_EQ(found.children, (std::vector<std::size_t>{2, 130, 130}));
}

TEST(tree_assembler, makes_a_node_of_children_that_suffice) {
  half_lost_tree tree(100, node_children_min);
  const auto found = write(tree);
  expect_whole(found, tree);
  EXPECT_EQ(found.children, (std::vector<std::size_t>{2, 100, node_children_min}));
}

}  // namespace
}  // namespace thin_tools
