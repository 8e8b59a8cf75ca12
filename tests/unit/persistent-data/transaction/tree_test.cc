// What no pool does: the kernel's pools commit before they share a tree, and remove what is there.
#include "persistent-data/transaction/tree.h"

#include <gtest/gtest.h>

#include "persistent-data/format/node_editor.h"
#include "persistent-data/format/tree_value.h"
#include "persistent-data/io/memory_device.h"
#include "persistent-data/transaction/metadata_space_map.h"
#include "persistent-data/transaction/transaction_manager.h"

namespace pdata {
namespace {

class tree_test : public testing::Test {
 protected:
  tree_test() {
    manager_.attach(metadata_);
    EXPECT_TRUE(metadata_.create(0, device_.nr_blocks()).ok());
    root_ = *tree_create(type_);
  }

  void put(std::uint64_t key) {
    EXPECT_TRUE(tree_insert(type_, root_, tree_keys(&key, 1), encode_u64(10 * key)).ok());
  }
  std::vector<std::uint64_t> keys_of(metadata_block root) {
    std::vector<std::uint64_t> keys;
    EXPECT_TRUE(tree_visit_range(type_, root, 0, ~std::uint64_t{0},
                                 [&](std::uint64_t key, std::uint64_t value) {
                                   EXPECT_EQ(value, 10 * key);
                                   keys.push_back(key);
                                 })
                    .ok());
    return keys;
  }

  memory_device device_{200};
  block_cache cache_{device_};
  transaction_manager manager_{cache_};
  metadata_space_map metadata_{manager_};
  value_type values_{8};
  tree_type type_{&manager_, 1, &values_};
  metadata_block root_ = 0;
};

TEST_F(tree_test, a_key_that_is_not_there_is_not_removed) {
  for (const std::uint64_t key : {3, 5, 7}) put(key);
  for (const std::uint64_t key : {0, 4, 8})
    EXPECT_EQ(tree_remove(type_, root_, key).errno_value(), ENODATA) << key;
  EXPECT_EQ(keys_of(root_), (std::vector<std::uint64_t>{3, 5, 7}));
  EXPECT_TRUE(tree_remove(type_, root_, 5).ok());
  EXPECT_EQ(keys_of(root_), (std::vector<std::uint64_t>{3, 7}));
}

TEST_F(tree_test, a_tree_that_is_shared_since_it_was_made_is_copied) {
  for (const std::uint64_t key : {3, 5}) put(key);
  const auto other = root_;
  manager_.inc(other);
  put(7);
  EXPECT_NE(root_, other);
  EXPECT_EQ(keys_of(other), (std::vector<std::uint64_t>{3, 5}));
  EXPECT_EQ(keys_of(root_), (std::vector<std::uint64_t>{3, 5, 7}));
}

// What the kernel's steps lead to there, a guess would miss.
TEST_F(tree_test, nothing_is_expected_of_children_where_keys_do_not_ascend) {
  const auto put_node = [&](metadata_block location, std::uint64_t first, std::uint64_t second) {
    auto node = node_editor::format(device_.at(location).span(), node_kind::leaf, 8, 252);
    node.insert_at(0, first, encode_u64(0));
    node.insert_at(1, second, encode_u64(0));
    seal(device_.at(location).span(), block_kind::btree_node, location);
  };
  put_node(190, 3, 5);
  put_node(191, 5, 3);
  const auto ascending = manager_.read(190, block_kind::btree_node);
  ASSERT_TRUE(ascending.ok());
  EXPECT_EQ(manager_.bounds_of_child(*ascending->parsed_node(), 0).end, 5);
  EXPECT_TRUE(manager_.read(191, block_kind::btree_node).ok());
  EXPECT_EQ(manager_.bounds_of_child(*ascending->parsed_node(), 0).end, 0);
}

}  // namespace
}  // namespace pdata
