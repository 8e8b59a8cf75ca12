// Trees of random entries, with shared leaves here and there, read back whole.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/btree/tree_builder.h"
#include "persistent-data/format/btree_node.h"
#include "tests/unit/support/pool_audit.h"

namespace pdata {
namespace {

constexpr metadata_block device_blocks = 512;
constexpr std::uint64_t mapping_bytes = 8;

// Leaves of given sizes, which know what they hold.
class test_leaves : public leaf_source {
 public:
  explicit test_leaves(node_store& store) : store_(store) {}

  leaf_ref make(std::uint64_t first_key, std::uint32_t count) {
    entry_list entries(mapping_bytes);
    for (std::uint32_t i = 0; i < count; ++i) entries.add_u64(first_key + i, (first_key + i) * 3);
    contents_.push_back(entries);
    placed_.push_back(0);
    return {this, contents_.size() - 1, first_key, count};
  }
  metadata_block place(std::size_t leaf) override {
    if (placed_[leaf] == 0)
      placed_[leaf] = store_.write_leaf(contents_[leaf], 0, contents_[leaf].size());
    return placed_[leaf];
  }
  entry_list read(std::size_t leaf) override { return contents_[leaf]; }
  metadata_block location(std::size_t leaf) const { return placed_[leaf]; }
  std::size_t size() const { return placed_.size(); }

 private:
  node_store& store_;
  std::vector<entry_list> contents_;
  std::vector<metadata_block> placed_;
};

TEST(tree_builder_property, trees_hold_their_entries_in_as_few_nodes_as_can_be) {
  EXPECT_TRUE(rc::check([] {
    const auto value_size = *rc::gen::element<std::uint32_t>(4, 8, 16, 24);
    // Whole numbers of full nodes more often than by chance.
    const std::size_t full = max_node_entries(value_size);
    const auto count = *rc::gen::oneOf(rc::gen::inRange<std::size_t>(0, 4000),
                                       rc::gen::element(full - 1, full, full + 1, 2 * full));
    memory_device device(device_blocks);
    block_writer out(&device, 0, device_blocks);
    node_store store(out, [](metadata_block) {});
    tree_builder builder(store, value_size);
    std::vector<std::uint64_t> keys;
    std::uint64_t key = *rc::gen::inRange(0, 3);
    std::vector<std::byte> value(value_size);
    for (std::size_t i = 0; i < count; ++i, key += 1 + i % 3) {
      value[0] = static_cast<std::byte>(i);
      builder.add(key, value);
      keys.push_back(key);
    }
    const metadata_block root = builder.finish();
    out.finish();
    const auto tree = test_support::read_whole_tree(device, root, value_size);
    RC_ASSERT(tree.keys == keys);
    for (std::size_t i = 0; i < count; ++i)
      RC_ASSERT(tree.values[i][0] == static_cast<std::byte>(i));
    RC_ASSERT(tree.leaves.size() == std::max<std::size_t>(1, (count + full - 1) / full));
    RC_ASSERT(tree.nodes.size() == out.next());
  }));
}

TEST(tree_builder_property, shared_leaves_join_with_any_neighbours) {
  EXPECT_TRUE(rc::check([] {
    memory_device device(device_blocks);
    block_writer out(&device, 0, device_blocks);
    out.append(block_kind::bitmap);  // so that no location is 0
    std::vector<std::uint32_t> counts(device_blocks);
    node_store store(out, [&counts](metadata_block child) { ++counts[to_size(child)]; });
    test_leaves leaves(store);
    internal_nodes internals;

    struct piece {
      std::uint32_t size;
      bool shared;
    };
    const auto nr_pieces = *rc::gen::inRange(0, 60);
    std::vector<piece> pieces;
    std::vector<leaf_ref> refs;
    std::uint64_t key = 0;
    for (int i = 0; i < nr_pieces; ++i) {
      const auto size =
          *rc::gen::weightedOneOf<std::uint32_t>({{2, rc::gen::inRange<std::uint32_t>(1, 84)},
                                                  {3, rc::gen::inRange<std::uint32_t>(84, 253)}});
      const bool shared = *rc::gen::inRange(0, 3) != 0;
      pieces.push_back({size, shared});
      refs.push_back(shared ? leaves.make(key, size) : leaf_ref{nullptr, 0, key, size});
      key += size;
    }
    std::vector<metadata_block> roots;
    for (int turn = 0; turn < 2; ++turn) {
      tree_builder builder(
          store,
          [&store](const entry_list& entries, std::size_t first, std::size_t count) {
            return store.write_leaf(entries, first, count);
          },
          mapping_bytes, {.internals = &internals});
      for (std::size_t i = 0; i < pieces.size(); ++i) {
        if (pieces[i].shared) {
          builder.add_leaf(refs[i]);
        } else {
          for (std::uint64_t k = refs[i].first_key; k < refs[i].first_key + pieces[i].size; ++k)
            builder.add_u64(k, k * 3);
        }
      }
      roots.push_back(builder.finish());
      ++counts[to_size(roots.back())];
    }
    out.finish();
    for (const auto root : roots) {
      const auto tree = test_support::read_whole_tree(device, root, mapping_bytes);
      RC_ASSERT(tree.keys.size() == key);
      for (std::size_t k = 0; k < key; ++k) {
        RC_ASSERT(tree.keys[k] == k);
        std::uint64_t value;
        std::memcpy(&value, tree.values[k].data(), sizeof value);
        RC_ASSERT(value == k * 3);
      }
    }
    // Nothing was written that nobody refers to.
    for (metadata_block block = 1; block < out.next(); ++block)
      RC_ASSERT(counts[to_size(block)] > 0U);
    for (std::size_t leaf = 0; leaf < leaves.size(); ++leaf)
      if (leaves.location(leaf) != 0) RC_ASSERT(counts[to_size(leaves.location(leaf))] > 0U);
  }));
}

// Builds trees that refer to the leaves of those before, and notes how large new ones are.
class reusing_builder {
 public:
  static constexpr std::uint32_t full = max_node_entries(mapping_bytes);

  // Entries of which none goes on where the one before ends.
  void add(std::uint64_t first, std::uint64_t end) {
    for (auto key = first; key < end; ++key) builder_.add_u64(2 * key, key);
  }
  // The sizes of the new leaves.
  std::vector<std::size_t> finish() {
    builder_.finish();
    return std::exchange(sizes_, {});
  }

 private:
  memory_device device_{device_blocks};
  block_writer out_{&device_, 1, device_blocks};
  node_store store_{out_, [](metadata_block) {}};
  shared_nodes leaves_;
  std::vector<std::size_t> sizes_;
  tree_builder builder_{store_,
                        [this](const entry_list& entries, std::size_t first, std::size_t count) {
                          sizes_.push_back(count);
                          return store_.write_leaf(entries, first, count);
                        },
                        mapping_bytes,
                        {.leaves = &leaves_, .leaf_entries = full}};
};

TEST(tree_builder, meets_the_leaves_of_an_earlier_tree_again_behind_what_differs) {
  reusing_builder trees;
  constexpr auto full = reusing_builder::full;
  trees.add(1000, 1000 + 10 * full);
  EXPECT_EQ(trees.finish(), std::vector<std::size_t>(10, full));
  trees.add(100, 200);
  trees.add(1000, 1000 + 10 * full);
  EXPECT_EQ(trees.finish(), std::vector<std::size_t>{100});
}

TEST(tree_builder, leaves_are_full_but_the_last_two_where_a_known_one_was_begun) {
  reusing_builder trees;
  constexpr auto full = reusing_builder::full;
  trees.add(1000, 1000 + full);
  EXPECT_EQ(trees.finish(), std::vector<std::size_t>{full});
  trees.add(100, 500);
  trees.add(1000, 1150);  // as the known leaf, which has more
  EXPECT_EQ(trees.finish(), (std::vector<std::size_t>{full, 149, 149}));
}

}  // namespace
}  // namespace pdata
