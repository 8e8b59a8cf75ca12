// Children of damaged nodes that keys and counts alone do not tell apart.
#include "thin-tools/repair/placement/problem.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/support/commit_history.h"
#include "tests/unit/thin-tools/repair/repaired_pool.h"

namespace thin_tools {
namespace {

using pdata::memory_device;
using test_support::commit_history;
using test_support::read_pool_image;

// Two devices that have shared nodes and went their own ways, leaf by leaf.
void make_rivals(commit_history& history) {
  history.create_thin(1);
  history.commit();
  history.write(1, 0, 2000, 4);
  history.commit();
  history.create_snap(2, 1);
  history.commit();
  for (const pdata::device_id id : {1, 2, 1, 2}) {
    history.write(id, id * 100, 200, 7);
    history.commit();
  }
}

void destroy_roots(memory_device& image) {
  pdata::batch_reader reader(image, 1);
  const auto pool = read_pool_image(image).superblock;
  for (const auto& [id, root] : read_top_level(reader, pool.mapping_root, image.nr_blocks()).roots)
    image.at(root).bytes[77] ^= std::byte{8};
}

TEST(lineage_evidence, tells_apart_the_children_of_a_device_and_its_snapshot) {
  commit_history history;
  make_rivals(history);
  const auto truth = read_pool_image(history.image());
  auto image = history.image();
  destroy_roots(image);
  EXPECT_EQ(repair(image).result.devices, truth.devices);
}

TEST(lineage_evidence, believes_nothing_that_was_written_over) {
  commit_history history;
  make_rivals(history);
  const auto truth = read_pool_image(history.image());
  auto image = history.image();
  destroy_roots(image);
  // The older trees are gone, the index blocks of their states are not.
  const auto before = read_pool_image(history.image(1)).superblock;
  image.at(before.mapping_root) = {};
  for (const auto& [id, mappings] : repair(image).result.devices)
    for (const auto& [block, mapping] : mappings) {
      const auto right = truth.devices.at(id).find(block);
      ASSERT_TRUE(right != truth.devices.at(id).end() && right->second == mapping)
          << id << ' ' << block;
    }
}

TEST(lineage_evidence, knows_that_nodes_are_never_changed) {
  commit_history history;
  make_rivals(history);
  history.write(2, 1, 1);
  history.commit();
  auto image = history.image();
  pdata::batch_reader reader(image, 1);
  const auto pool = read_pool_image(image).superblock;
  const auto nr_blocks = image.nr_blocks();
  const auto top = read_top_level(reader, pool.mapping_root, nr_blocks);
  mapping_forest sound(reader, nr_blocks);
  const std::vector roots{top.roots.at(1), top.roots.at(2)};
  sound.read(roots, [](const pdata::visited_leaf&) {});
  std::vector<std::vector<pdata::metadata_block>> leaves;
  for (const auto root : roots) {
    const auto& node = sound.graph().node(*sound.good_node(root));
    auto& list = leaves.emplace_back();
    for (std::uint32_t slot = 0; slot < node.nr_entries; ++slot)
      list.push_back(sound.graph().child(node, slot));
  }
  image.at(roots[0]).bytes[77] ^= std::byte{8};
  // One state before the last one is enough.
  image.at(read_pool_image(history.image(2)).superblock.metadata_space_map.bitmap_root) = {};
  const device_scan device(reader, nr_blocks);
  const auto index = pool.metadata_space_map.bitmap_root;
  state_history states(
      device,
      present_by_counts(index, nr_blocks, pdata::stored_counts::load(reader, index, nr_blocks)),
      100000);
  ASSERT_TRUE(states.back(0)->live(roots[0]));
  lineage_evidence known(sound, reader, top, states);
  const hole lost{{roots[0], 0}, {}, {}};
  known.add_hole(lost);
  std::size_t nr_younger = 0;
  for (const auto leaf : leaves[1]) {
    if (std::ranges::count(leaves[0], leaf) != 0) continue;
    nr_younger += !states.back(0)->live(leaf);
    EXPECT_TRUE(known.excluded(lost.id, leaf)) << leaf;
  }
  EXPECT_EQ(nr_younger, 1U);
  for (const auto leaf : leaves[0]) EXPECT_FALSE(known.excluded(lost.id, leaf)) << leaf;
}

TEST(state_history, goes_back_as_long_as_nothing_was_written_over) {
  commit_history history;
  make_rivals(history);
  auto& image = history.image();
  pdata::batch_reader reader(image, 1);
  const device_scan device(reader, image.nr_blocks());
  const auto map = read_pool_image(image).superblock.metadata_space_map;
  const auto counts = pdata::stored_counts::load(reader, map.bitmap_root, image.nr_blocks());
  state_history states(device, present_by_counts(map.bitmap_root, image.nr_blocks(), counts),
                       100000);
  for (std::size_t i = 0; i < 6; ++i) {
    const auto truth = read_pool_image(history.image(i + 1)).superblock;
    ASSERT_NE(states.back(i), nullptr) << i;
    EXPECT_EQ(states.back(i)->state().index, truth.metadata_space_map.bitmap_root) << i;
    EXPECT_EQ(states.back(i)->state().roots.mapping_root, truth.mapping_root) << i;
  }
}

TEST(state_history, is_true_on_a_device_that_was_written_around_many_times) {
  commit_history history(160);
  history.create_thin(1);
  history.commit();
  std::size_t longest = 0;
  for (std::uint64_t n = 0; n < 80; ++n) {
    history.write(1, n * 5, 3);
    history.commit();
    if (n % 11 == 10) history.reopen();
    auto& image = history.image();
    pdata::batch_reader reader(image, 1);
    const device_scan device(reader, image.nr_blocks());
    const auto map = read_pool_image(image).superblock.metadata_space_map;
    const auto counts = pdata::stored_counts::load(reader, map.bitmap_root, image.nr_blocks());
    state_history states(device, present_by_counts(map.bitmap_root, image.nr_blocks(), counts),
                         100000);
    std::size_t i = 0;
    for (; i + 1 < history.nr_commits() && states.back(i) != nullptr; ++i)
      ASSERT_EQ(states.back(i)->state().index,
                read_pool_image(history.image(i + 1)).superblock.metadata_space_map.bitmap_root)
          << n << ' ' << i;
    longest = std::max(longest, i);
  }
  EXPECT_GT(longest, 3U);
}

}  // namespace
}  // namespace thin_tools
