#include "persistent-data/survey/block_facts.h"

#include <gtest/gtest.h>

#include <cstring>

#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/node_editor.h"
#include "persistent-data/format/superblock.h"

namespace pdata {
namespace {

block_buffer with_text(std::size_t at, std::string_view text) {
  block_buffer block;
  std::memcpy(block.bytes.data() + at, text.data(), text.size());
  return block;
}

TEST(block_facts, text_stands_in_rows_of_four) {
  EXPECT_EQ(count_text_bytes(block_buffer{}.view()), 0U);
  EXPECT_EQ(count_text_bytes(with_text(100, "abc").view()), 0U);
  EXPECT_EQ(count_text_bytes(with_text(100, "abcd").view()), 4U);
  EXPECT_EQ(count_text_bytes(with_text(100, "one\ttwo\n").view()), 8U);
  EXPECT_EQ(count_text_bytes(with_text(4091, "hello").view()), 5U);  // the block's last bytes
  EXPECT_EQ(count_text_bytes(with_text(0, std::string_view("abcd\0efg\0hijk", 13)).view()), 8U);
}

TEST(block_facts, a_kind_is_known_by_its_checksum_and_valid_in_its_place) {
  for (const auto& [kind, type] : {std::pair(block_kind::index, block_type::index_block),
                                   std::pair(block_kind::bitmap, block_type::bitmap_block)}) {
    block_buffer block;
    seal(block.span(), kind, 7);
    const auto here = examine_block(block.view(), 7);
    EXPECT_EQ(here.type, type);
    EXPECT_TRUE(here.valid);
    const auto elsewhere = examine_block(block.view(), 8);
    EXPECT_EQ(elsewhere.type, type);
    EXPECT_FALSE(elsewhere.valid);
    EXPECT_EQ(elsewhere.blocknr, 7U);
  }
  EXPECT_EQ(examine_block(block_buffer{}.view(), 0).type, block_type::unknown);
}

TEST(block_facts, a_superblock_has_the_magic_number) {
  block_buffer block;
  superblock fields;
  fields.store(block.span());
  seal(block.span(), block_kind::superblock, 0);
  EXPECT_TRUE(examine_block(block.view(), 0).valid);
  fields.magic = 1;
  fields.store(block.span());
  seal(block.span(), block_kind::superblock, 0);
  EXPECT_EQ(examine_block(block.view(), 0).type, block_type::superblock);
  EXPECT_FALSE(examine_block(block.view(), 0).valid);
}

TEST(block_facts, a_node_is_valid_if_its_layout_is) {
  block_buffer block;
  node_editor::format(block.span(), node_kind::leaf, 8, 252);
  seal(block.span(), block_kind::btree_node, 3);
  EXPECT_EQ(examine_block(block.view(), 3).type, block_type::btree_leaf);
  EXPECT_TRUE(examine_block(block.view(), 3).valid);
  EXPECT_EQ(examine_block(block.view(), 3).value_size, 8U);

  node_editor::format(block.span(), node_kind::internal, 8, 252);  // internal, and empty
  seal(block.span(), block_kind::btree_node, 3);
  EXPECT_EQ(examine_block(block.view(), 3).type, block_type::btree_internal);
  EXPECT_FALSE(examine_block(block.view(), 3).valid);

  block = {};
  seal(block.span(), block_kind::btree_node, 3);
  EXPECT_EQ(examine_block(block.view(), 3).type, block_type::btree_unknown);
  EXPECT_FALSE(examine_block(block.view(), 3).valid);
}

}  // namespace
}  // namespace pdata
