// What tree_graph, tree_judge, leaf_walk and leaf_stream make of sound and damaged trees:
// which keys are delivered, and exactly which are said to be lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <mutex>
#include <set>

#include "persistent-data/btree/leaf_stream.h"
#include "persistent-data/btree/tree_graph.h"
#include "persistent-data/btree/tree_judge.h"
#include "persistent-data/format/damage_catalogue.h"
#include "tests/unit/support/planted_tree.h"

namespace pdata {
namespace {

using test_support::planted_tree;
using testing::ElementsAre;
using testing::IsEmpty;

struct collecting_sink : damage_sink {
  void found(const damage& finding) override { findings.push_back(finding); }
  std::vector<damage> findings;
};

struct loss {
  damage_id id;
  metadata_block location;
  key_range keys;
  friend bool operator==(const loss&, const loss&) = default;
};

std::vector<loss> losses(const std::vector<damage>& findings) {
  std::vector<loss> all;
  for (const auto& f : findings)
    all.push_back({f.id, f.location.value_or(0), f.lost.value_or(key_range{})});
  return all;
}

constexpr device_id some_device = 7;

// The tree at `root` as check reads it (disk order) and as dump does (key order).
// Both must tell the same losses.
struct walk {
  std::vector<loss> lost;
  std::vector<std::uint64_t> keys;            // delivered in key order
  std::map<metadata_block, int> leaf_visits;  // in disk order
  std::uint64_t nr_values = 0;
  std::vector<damage_id> remarks;

  walk(planted_tree& tree, metadata_block root) {
    batch_reader reader(tree.device());
    std::mutex mutex;
    const leaf_visitor visit = [&](const visited_leaf& leaf) {
      const std::lock_guard lock(mutex);
      ++leaf_visits[leaf.location];
    };
    tree_graph graph(reader, mapping_tree_shape, tree.device().nr_blocks());
    graph.add({&root, 1}, &visit);
    tree_judge judge(graph);
    collecting_sink sink;
    const auto verdict = judge.judge(root, some_device, which_metadata::active, sink);
    lost = losses(sink.findings);
    nr_values = verdict.nr_values;
    EXPECT_EQ(verdict.damaged, !lost.empty());
    EXPECT_EQ(tree_judge(graph).verdict(root).damaged, verdict.damaged);
    collecting_sink suspicions;
    judge.report_remarks(which_metadata::active, suspicions);
    for (const auto& remark : suspicions.findings) remarks.push_back(remark.id);

    tree_graph deferred(reader, mapping_tree_shape, tree.device().nr_blocks());
    deferred.add({&root, 1}, nullptr);
    tree_judge deferred_judge(deferred);
    collecting_sink stream_sink;
    for_each_entry(reader, deferred, deferred_judge, root,
                   {.where = structure::mapping_tree, .device = some_device}, stream_sink,
                   [&](std::uint64_t key, auto) { keys.push_back(key); });
    EXPECT_EQ(losses(stream_sink.findings), lost);
  }
};

// Root 1 over leaves 2..5: keys 10,11 | 20,21 | 30,31 | 40,41.
planted_tree two_levels() {
  planted_tree tree(64);
  for (metadata_block i = 0; i < 4; ++i) tree.leaf(2 + i, {10 * (i + 1), 10 * (i + 1) + 1});
  tree.internal(1, {{10, 2}, {20, 3}, {30, 4}, {40, 5}});
  return tree;
}

// Root 10 over 11 and 12, with two leaves each.
planted_tree three_levels() {
  planted_tree tree = two_levels();
  tree.internal(11, {{10, 2}, {20, 3}});
  tree.internal(12, {{30, 4}, {40, 5}});
  tree.internal(10, {{10, 11}, {30, 12}});
  return tree;
}

TEST(tree_walk, sound_trees_are_delivered_whole) {
  for (const metadata_block root : {1, 10}) {
    auto tree = three_levels();
    const walk w(tree, root);
    EXPECT_THAT(w.lost, IsEmpty());
    EXPECT_THAT(w.keys, ElementsAre(10, 11, 20, 21, 30, 31, 40, 41));
    EXPECT_EQ(w.nr_values, 8u);
    EXPECT_EQ(w.leaf_visits, (std::map<metadata_block, int>{{2, 1}, {3, 1}, {4, 1}, {5, 1}}));
  }
}

TEST(tree_walk, an_empty_tree_is_an_empty_leaf) {
  planted_tree tree(8);
  tree.leaf(3, {});
  const walk w(tree, 3);
  EXPECT_THAT(w.lost, IsEmpty());
  EXPECT_THAT(w.keys, IsEmpty());
}

TEST(tree_walk, a_trashed_root_loses_everything) {
  auto tree = two_levels();
  tree.trash(1);
  const walk w(tree, 1);
  EXPECT_THAT(w.lost, ElementsAre(loss{damage_id::block_checksum, 1, {}}));
  EXPECT_THAT(w.keys, IsEmpty());
}

TEST(tree_walk, a_root_outside_the_device_loses_everything) {
  auto tree = two_levels();
  const walk w(tree, 64);
  EXPECT_THAT(w.lost, ElementsAre(loss{damage_id::block_out_of_range, 64, {}}));
}

TEST(tree_walk, trashed_leaves_lose_the_keys_between_their_separators) {
  struct expectation {
    std::vector<metadata_block> trashed;
    std::vector<loss> lost;
    std::vector<std::uint64_t> keys;
  };
  const auto bad = damage_id::block_checksum;
  const expectation cases[] = {
      {{2}, {{bad, 2, {0, 20}}}, {20, 21, 30, 31, 40, 41}},
      {{3}, {{bad, 3, {20, 30}}}, {10, 11, 30, 31, 40, 41}},
      {{5}, {{bad, 5, {40, std::nullopt}}}, {10, 11, 20, 21, 30, 31}},
      {{3, 4}, {{bad, 3, {20, 30}}, {bad, 4, {30, 40}}}, {10, 11, 40, 41}},
      {{2, 5}, {{bad, 2, {0, 20}}, {bad, 5, {40, std::nullopt}}}, {20, 21, 30, 31}},
  };
  for (const metadata_block root : {1, 10}) {
    for (const auto& expected : cases) {
      auto tree = three_levels();
      for (const auto block : expected.trashed) tree.trash(block);
      const walk w(tree, root);
      EXPECT_EQ(w.lost, expected.lost);
      EXPECT_EQ(w.keys, expected.keys);
      EXPECT_EQ(w.nr_values, expected.keys.size());
    }
  }
}

TEST(tree_walk, trashed_internal_nodes_lose_what_is_below_them) {
  auto first = three_levels();
  first.trash(11);
  const walk without_first(first, 10);
  EXPECT_THAT(without_first.lost, ElementsAre(loss{damage_id::block_checksum, 11, {0, 30}}));
  EXPECT_THAT(without_first.keys, ElementsAre(30, 31, 40, 41));

  auto last = three_levels();
  last.trash(12);
  last.trash(2);
  const walk without_last(last, 10);
  EXPECT_THAT(without_last.lost,
              ElementsAre(loss{damage_id::block_checksum, 2, {0, 20}},
                          loss{damage_id::block_checksum, 12, {30, std::nullopt}}));
  EXPECT_THAT(without_last.keys, ElementsAre(20, 21));
}

TEST(tree_walk, wild_pointers_lose_one_subtree) {
  auto tree = two_levels();
  tree.internal(1, {{10, 2}, {20, 1'000'000}, {30, 4}, {40, 60}});
  const walk w(tree, 1);
  EXPECT_THAT(w.lost, ElementsAre(loss{damage_id::block_out_of_range, 1'000'000, {20, 30}},
                                  loss{damage_id::block_checksum, 60, {40, std::nullopt}}));
  EXPECT_THAT(w.keys, ElementsAre(10, 11, 30, 31));
}

TEST(tree_walk, loops_end) {
  for (const metadata_block back_to : {10, 12}) {
    auto tree = three_levels();
    tree.internal(12, {{30, 4}, {40, back_to}});
    const walk w(tree, 10);
    EXPECT_THAT(w.lost, ElementsAre(loss{damage_id::node_loop, back_to, {40, std::nullopt}}));
    EXPECT_THAT(w.keys, ElementsAre(10, 11, 20, 21, 30, 31));
  }
}

TEST(tree_walk, leaves_at_another_depth_are_lost) {
  auto tree = three_levels();
  tree.internal(10, {{10, 11}, {30, 4}});
  batch_reader reader(tree.device());
  const metadata_block root = 10;
  const leaf_visitor nothing = [](const visited_leaf&) {};
  tree_graph graph(reader, mapping_tree_shape, 64);
  graph.add({&root, 1}, &nothing);
  collecting_sink sink;
  tree_judge(graph).judge(root, some_device, which_metadata::active, sink);
  EXPECT_EQ(losses(sink.findings),
            (std::vector<loss>{{damage_id::node_depth, 4, {30, std::nullopt}}}));
}

TEST(tree_walk, keys_outside_what_the_parent_says_are_lost_with_their_leaf) {
  auto below = two_levels();
  below.leaf(3, {19, 21});
  EXPECT_THAT(walk(below, 1).lost,
              ElementsAre(loss{damage_id::node_keys_below_parent, 3, {20, 30}}));
  auto above = two_levels();
  above.leaf(3, {20, 30});
  EXPECT_THAT(walk(above, 1).lost,
              ElementsAre(loss{damage_id::node_keys_above_parent, 3, {20, 30}}));
}

TEST(tree_walk, shared_nodes_are_read_once_and_counted) {
  auto tree = three_levels();
  tree.internal(20, {{10, 11}, {30, 12}});  // a second root over the same nodes
  batch_reader reader(tree.device());
  std::mutex mutex;
  std::multiset<metadata_block> visits;
  const leaf_visitor visit = [&](const visited_leaf& leaf) {
    const std::lock_guard lock(mutex);
    visits.insert(leaf.location);
  };
  tree_graph graph(reader, mapping_tree_shape, 64);
  const std::vector<metadata_block> roots{10, 20, 20};
  graph.add(roots, &visit);
  EXPECT_THAT(visits, ElementsAre(2, 3, 4, 5));
  const auto refs = [&](metadata_block b) { return graph.node(*graph.find(b)).nr_refs; };
  EXPECT_EQ(refs(10), 1u);
  EXPECT_EQ(refs(20), 2u);
  EXPECT_EQ(refs(11), 2u);
  EXPECT_EQ(refs(2), 1u);  // its one parent is shared
}

TEST(tree_walk, every_parent_of_a_shared_node_has_its_say) {
  auto tree = two_levels();
  tree.internal(20, {{15, 2}, {20, 3}});  // leaf 2 holds key 10
  tree.internal(21, {{10, 2}, {20, 3}});
  batch_reader reader(tree.device());
  const leaf_visitor nothing = [](const visited_leaf&) {};
  tree_graph graph(reader, mapping_tree_shape, 64);
  const std::vector<metadata_block> roots{20, 21};
  graph.add(roots, &nothing);
  tree_judge judge(graph);
  collecting_sink sink;
  EXPECT_TRUE(judge.judge(20, some_device, which_metadata::active, sink).damaged);
  EXPECT_FALSE(judge.judge(21, some_device, which_metadata::active, sink).damaged);
  EXPECT_EQ(losses(sink.findings),
            (std::vector<loss>{{damage_id::node_keys_below_parent, 2, {0, 20}}}));
}

TEST(tree_walk, faulty_entries_of_good_leaves_are_reported_for_each_tree) {
  auto tree = two_levels();
  batch_reader reader(tree.device());
  tree_graph graph(reader, mapping_tree_shape, 64);
  const leaf_visitor visit = [&](const visited_leaf& leaf) {
    if (leaf.location == 4)
      graph.add_leaf_fault(leaf.index, {{31, 32}, {damage_id::mapping_beyond_data, 5, 6}});
  };
  const std::vector<metadata_block> roots{1, 4};
  graph.add(roots, &visit);
  tree_judge judge(graph);
  collecting_sink sink;
  for (const auto root : roots)
    EXPECT_TRUE(judge.judge(root, device_id(root.value()), which_metadata::active, sink).damaged);
  EXPECT_EQ(losses(sink.findings),
            (std::vector<loss>{{damage_id::mapping_beyond_data, 4, {31, 32}},
                               {damage_id::mapping_beyond_data, 4, {31, 32}}}));
}

TEST(tree_walk, leaves_that_hold_wanted_keys_are_named_without_being_read) {
  auto tree = three_levels();
  tree.trash(12);
  batch_reader reader(tree.device());
  const metadata_block root = 10;
  tree_graph graph(reader, mapping_tree_shape, 64);
  graph.add({&root, 1}, nullptr);
  tree_judge judge(graph);
  leaf_walk way(graph, judge, root, {21, 35});
  const auto leaf = way.next();
  ASSERT_TRUE(leaf.has_value());
  EXPECT_EQ(leaf->location, 3u);
  EXPECT_FALSE(leaf->fault.has_value());
  EXPECT_EQ(leaf->wanted, (key_range{21, 30}));
  const auto lost = way.next();
  ASSERT_TRUE(lost.has_value());
  EXPECT_EQ(lost->location, 12u);
  EXPECT_TRUE(lost->fault.has_value());
  EXPECT_EQ(lost->wanted, (key_range{30, 35}));
  EXPECT_FALSE(way.next().has_value());
}

TEST(tree_walk, trees_that_are_too_deep_are_cut) {
  planted_tree tree(128);
  tree.leaf(1, {5});
  for (metadata_block at = 2; at <= 65; ++at) tree.internal(at, {{5, at - 1}});
  EXPECT_THAT(walk(tree, 64).lost, IsEmpty());  // 64 nodes, the leaf included
  EXPECT_THAT(walk(tree, 65).lost, ElementsAre(loss{damage_id::node_depth, 64, {0, std::nullopt}}));
}

// Any tree with any blocks trashed: a key is either delivered, or lost exactly
// once, and the delivered ones come in order.
TEST(tree_walk, property_every_key_is_delivered_or_lost) {
  EXPECT_TRUE(rc::check([] {
    const auto fanout = *rc::gen::inRange<std::size_t>(2, 6);
    const auto nr_leaves = *rc::gen::inRange<std::size_t>(1, 40);
    planted_tree tree(256);
    metadata_block next = 1;
    std::vector<std::uint64_t> all_keys;
    std::vector<planted_tree::child> level;
    for (std::size_t i = 0; i < nr_leaves; ++i) {
      std::vector<std::uint64_t> keys;
      for (std::uint64_t k = 100 * i; k < 100 * i + fanout; ++k) keys.push_back(k);
      all_keys.insert(all_keys.end(), keys.begin(), keys.end());
      tree.leaf(next, keys);
      level.push_back({keys.front(), next++});
    }
    while (level.size() > 1) {
      std::vector<planted_tree::child> above;
      for (std::size_t at = 0; at < level.size(); at += fanout) {
        const auto end = std::min(at + fanout, level.size());
        tree.internal(next, {level.begin() + static_cast<std::ptrdiff_t>(at),
                             level.begin() + static_cast<std::ptrdiff_t>(end)});
        above.push_back({level[at].key, next++});
      }
      level = above;
    }
    for (const auto block : *rc::gen::container<std::set<metadata_block>>(
             rc::gen::cast<metadata_block>(rc::gen::inRange<std::uint64_t>(1, next))))
      tree.trash(block);

    const walk w(tree, level.front().at);
    std::vector<std::uint64_t> expected;
    for (const auto key : all_keys) {
      const auto times =
          std::ranges::count_if(w.lost, [key](const loss& l) { return l.keys.contains(key); });
      RC_ASSERT(times <= 1);
      if (times == 0) expected.push_back(key);
    }
    RC_ASSERT(w.keys == expected);
    RC_ASSERT(w.nr_values == expected.size());
  }));
}

}  // namespace
}  // namespace pdata
