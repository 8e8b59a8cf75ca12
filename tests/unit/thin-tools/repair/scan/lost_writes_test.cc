// Writes that were lost leave older blocks, which are sound. Where one shows, others may be older
// that do not: what is mapped is then called guessed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/node_editor.h"
#include "tests/unit/support/commit_history.h"
#include "tests/unit/thin-tools/repair/repaired_pool.h"
#include "thin-tools/repair/scan/small_trees.h"

namespace thin_tools {
namespace {

using pdata::memory_device;
using pdata::metadata_block;
using test_support::commit_history;
using test_support::read_pool_image;

pdata::node_view node_at(memory_device& image, metadata_block at) {
  return std::get<pdata::node_view>(pdata::node_view::parse(image.at(at).view()));
}

class lost_writes : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const pdata::device_id id : {1, 2}) {
      history_.create_thin(id);
      history_.commit();
    }
    history_.write(1, 0, 2000);
    history_.write(2, 0, 100);
    history_.commit();
    image_ = history_.image();
  }

  metadata_block root_of(pdata::device_id id) {
    pdata::batch_reader reader(image_, 1);
    const auto pool = read_pool_image(image_).superblock;
    return read_top_level(reader, pool.mapping_root, image_.nr_blocks()).roots.at(id);
  }
  repair_plan plan() {
    pdata::batch_reader reader(image_, 1);
    return make_repair_plan(reader, "image", {});
  }

  commit_history history_;
  memory_device image_{1};
};

TEST_F(lost_writes, may_be_many_where_a_sound_block_of_another_kind_is_in_the_place_of_a_node) {
  const auto leaf = node_at(image_, root_of(1)).value_u64(2);
  image_.at(leaf) = {};
  EXPECT_TRUE(plan().guesses.empty());  // damage alone says nothing of other blocks
  pdata::seal(image_.at(leaf).span(), pdata::block_kind::bitmap, leaf);
  const auto found = plan();
  EXPECT_TRUE(found.lost_something());
  EXPECT_THAT(found.guesses, ::testing::Contains(::testing::HasSubstr("where writes were lost")));
  EXPECT_EQ(found.grades().nr_sure, 0u);
}

// A leaf and the details agree, as older ones do, and the data space map counts more.
TEST_F(lost_writes, may_be_where_more_data_blocks_are_in_use_than_are_mapped) {
  ASSERT_THAT(plan().guesses, ::testing::IsEmpty());
  const auto leaf = root_of(2);
  const auto nr_entries = node_at(image_, leaf).nr_entries();
  pdata::node_editor(image_.at(leaf).span()).set_nr_entries(nr_entries - 5);
  pdata::seal(image_.at(leaf).span(), pdata::block_kind::btree_node, leaf);
  const auto details_at = read_pool_image(image_).superblock.details_root;
  auto details = pdata::device_details::load(node_at(image_, details_at).value(1));
  details.mapped_blocks -= 5;
  std::array<std::byte, pdata::device_details::bytes> value;
  details.store(value);
  pdata::node_editor(image_.at(details_at).span()).set_value(1, value);
  pdata::seal(image_.at(details_at).span(), pdata::block_kind::btree_node, details_at);
  const auto found = plan();
  EXPECT_FALSE(found.account_closed());
  EXPECT_THAT(found.guesses, ::testing::ElementsAre(::testing::HasSubstr("writes were lost")));
}

}  // namespace
}  // namespace thin_tools
