// What a full node does on the way to an insertion. Values are so large that leaves have three.
#include "persistent-data/transaction/make_room.h"

#include <gtest/gtest.h>

#include <variant>

#include "persistent-data/format/btree_node.h"
#include "persistent-data/io/memory_device.h"
#include "persistent-data/transaction/metadata_space_map.h"
#include "persistent-data/transaction/transaction_manager.h"
#include "persistent-data/transaction/tree.h"

namespace pdata {
namespace {

constexpr std::uint32_t value_bytes = 1000;
static_assert(max_node_entries(value_bytes) == 3);

class make_room_test : public testing::Test {
 protected:
  make_room_test() {
    manager_.attach(metadata_);
    EXPECT_TRUE(metadata_.create(0, device_.nr_blocks()).ok());
    root_ = *tree_create(type_);
  }

  // True if the key is new.
  bool put(std::uint64_t key) {
    const std::vector<std::byte> value(value_bytes);
    const auto inserted = tree_insert(type_, root_, tree_keys(&key, 1), value);
    EXPECT_TRUE(inserted.ok());
    return inserted.ok() && *inserted;
  }

  struct child {
    std::uint64_t key;
    metadata_block location;
    std::uint32_t nr_entries;
  };
  std::vector<child> children(metadata_block node) {
    std::vector<child> found;
    for (const auto& [key, location] : entries(node))
      found.push_back({key, location, nr_entries(location)});
    return found;
  }
  std::vector<std::uint32_t> sizes(metadata_block node) {
    std::vector<std::uint32_t> found;
    for (const auto& each : children(node)) found.push_back(each.nr_entries);
    return found;
  }
  metadata_block root() const { return root_; }

 private:
  std::uint32_t nr_entries(metadata_block node) {
    const auto block = cache_.read(node, block_kind::btree_node);
    return std::get<node_view>(node_view::parse(block->view())).nr_entries();
  }
  std::vector<std::pair<std::uint64_t, metadata_block>> entries(metadata_block node) {
    const auto block = cache_.read(node, block_kind::btree_node);
    const auto parsed = std::get<node_view>(node_view::parse(block->view()));
    std::vector<std::pair<std::uint64_t, metadata_block>> found;
    for (std::uint32_t i = 0; i < parsed.nr_entries(); ++i)
      found.emplace_back(parsed.key(i), parsed.value_u64(i));
    return found;
  }

  memory_device device_{8192};
  block_cache cache_{device_};
  transaction_manager manager_{cache_};
  metadata_space_map metadata_{manager_};
  value_type values_{value_bytes};
  tree_type type_{&manager_, 1, &values_};
  metadata_block root_ = 0;
};

TEST_F(make_room_test, a_node_between_two_splits_with_its_left_sibling_into_three) {
  for (const std::uint64_t key : {0, 10, 20, 30, 40, 1, 2, 11, 12}) put(key);
  ASSERT_EQ(sizes(root()), (std::vector<std::uint32_t>{3, 3, 3}));
  put(13);
  EXPECT_EQ(sizes(root()), (std::vector<std::uint32_t>{2, 2, 3, 3}));
}

TEST_F(make_room_test, nodes_at_an_end_split_into_two) {
  for (const std::uint64_t key : {10, 20, 30, 40, 50, 11, 12, 21, 22}) put(key);
  ASSERT_EQ(sizes(root()), (std::vector<std::uint32_t>{3, 3, 3}));
  put(0);
  EXPECT_EQ(sizes(root()), (std::vector<std::uint32_t>{2, 2, 3, 3}));
  put(60);
  EXPECT_EQ(sizes(root()), (std::vector<std::uint32_t>{2, 2, 3, 1, 3}));
}

// Three internal nodes with hardly any room; the one in the middle splits with its left sibling
// on the way to a key that is there, and with which the last of the three nodes begins.
TEST_F(make_room_test, the_key_that_a_new_node_begins_with_is_found_there) {
  constexpr std::uint32_t full = max_node_entries(child_value_bytes);
  constexpr std::uint32_t hardly_any_room = full - 4;
  constexpr std::uint64_t step = 1000;
  std::uint64_t key = 0;
  while (key < 300 * step) put(key += step);  // two levels of nodes, and leaves
  while (sizes(root()).size() != 3) put(key += step);
  const auto fill = [&](std::size_t which, std::uint32_t wanted) {
    const auto before = children(children(root())[which].location);
    for (std::uint64_t more = 1; more < step; ++more)
      for (const auto& leaf : before) {
        if (children(root())[which].nr_entries >= wanted) return;
        put(leaf.key + more);
      }
  };
  fill(0, hardly_any_room);
  fill(2, hardly_any_room);
  fill(1, full);
  ASSERT_EQ(sizes(root()), (std::vector<std::uint32_t>{hardly_any_room, full, hardly_any_room}));
  constexpr auto total = hardly_any_room + full;
  constexpr auto first_of_last = total / 3 + (total - total / 3) / 2;
  const auto middle = children(children(root())[1].location);
  EXPECT_FALSE(put(middle[first_of_last - hardly_any_room].key));
  EXPECT_EQ(sizes(root()), (std::vector<std::uint32_t>{166, 167, 167, hardly_any_room}));
}

// A node on the way to a key that is there gives its left sibling the entries before just that key.
TEST_F(make_room_test, the_key_that_what_is_left_begins_with_is_found_there) {
  constexpr std::uint32_t full = max_node_entries(child_value_bytes);
  std::uint64_t key = 0;
  while (key < 3000) put(key += 10);  // two levels of nodes, and leaves
  while (sizes(root()).size() != 2 || sizes(root())[0] > full || sizes(root())[1] != full)
    put(key += 10);
  const auto nr_left = sizes(root())[0];
  ASSERT_LT(nr_left + 8, full);
  const auto target_left = (nr_left + full) / 2;
  const auto right = children(children(root())[1].location);
  EXPECT_FALSE(put(right[target_left - nr_left].key));
  EXPECT_EQ(sizes(root()), (std::vector<std::uint32_t>{target_left, nr_left + full - target_left}));
}

}  // namespace
}  // namespace pdata
