// The codecs against the format as tests/support writes it down: no code is shared.
#include "tests/support/plain_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/superblock.h"
#include "tests/support/plain_pool.h"
#include "tests/unit/support/image.h"
#include "tests/unit/support/kernel_images.h"

namespace pdata {
namespace {

TEST(plain_format, knows_the_published_checksum) {
  const char text[] = "123456789";
  EXPECT_EQ(plain::crc32c({reinterpret_cast<const std::byte*>(text), 9}), 0xe3069283);
}

TEST(plain_format, identifies_the_blocks_of_kernel_images_as_the_library_does) {
  constexpr block_kind same[] = {block_kind::superblock, block_kind::btree_node, block_kind::index,
                                 block_kind::bitmap};
  for (const auto& name : test_support::kernel_image_names()) {
    const auto device = test_support::load_kernel_image(name);
    std::size_t nr_known = 0;
    for (metadata_block b = 0; b < device.nr_blocks(); ++b) {
      const auto view = device.at(b).view();
      const auto known = identify(view);
      const auto found = plain::kind_of(view);
      ASSERT_EQ(known.has_value(), found.has_value()) << name << " " << b;
      if (!found) continue;
      ++nr_known;
      EXPECT_EQ(*known, same[static_cast<int>(*found)]) << name << " " << b;
      EXPECT_EQ(plain::is_sound(view, *found, b), stored_location(view) == b);
    }
    EXPECT_GT(nr_known, 0u) << name;
  }
}

TEST(plain_format, reads_counts_as_the_library_does) {
  block_buffer bitmap;
  for (std::uint32_t slot = 0; slot < entries_per_bitmap; ++slot)
    set_bitmap_count(bitmap.span(), slot, slot * 7 % 4);
  for (std::uint32_t slot = 0; slot < entries_per_bitmap; ++slot)
    ASSERT_EQ(plain::bitmap_count(bitmap.view(), slot), slot * 7 % 4) << slot;
}

TEST(plain_format, reads_superblocks_as_the_library_does) {
  for (const auto& name : test_support::kernel_image_names()) {
    const auto device = test_support::load_kernel_image(name);
    const auto ours = superblock::load(device.at(0).view());
    const auto found = plain::get_superblock(device.at(0).view());
    EXPECT_EQ(found.magic, ours.magic);
    EXPECT_EQ(found.time, ours.time);
    EXPECT_EQ(found.transaction_id, ours.transaction_id);
    EXPECT_EQ(found.held_root, ours.held_root);
    EXPECT_EQ(found.mapping_root, ours.mapping_root);
    EXPECT_EQ(found.details_root, ours.details_root);
    EXPECT_EQ(found.data_block_size, ours.data_block_size);
    EXPECT_EQ(found.data.nr_blocks, ours.data_space_map.nr_blocks);
    EXPECT_EQ(found.metadata.overflow_root, ours.metadata_space_map.ref_count_root);
  }
}

// What the campaign takes for true. A planted flaw of each sort is seen.
TEST(plain_pool, finds_the_pools_of_the_kernel_sound) {
  for (const auto& name : test_support::kernel_image_names()) {
    auto device = test_support::load_kernel_image(name);
    const auto pool = plain::read_pool(test_support::image_bytes(device));
    EXPECT_THAT(pool.faults, testing::IsEmpty()) << name;
    EXPECT_EQ(pool.metadata.counts, pool.metadata_references) << name;
    EXPECT_EQ(pool.data.counts, pool.data_references) << name;
    EXPECT_TRUE(pool.without_details.empty() && pool.without_mappings.empty()) << name;
  }
}

TEST(plain_pool, names_what_is_wrong) {
  const auto whole = test_support::load_kernel_image("mixed-0");
  const auto pool = plain::read_pool(test_support::image_bytes(whole));
  const auto leaf = *pool.parts.at(plain::part::leaf).begin();
  const auto bitmap = *pool.parts.at(plain::part::data_bitmap).begin();
  const auto faults_after = [&](metadata_block at, plain::kind kind, std::size_t offset,
                                std::uint64_t value) {
    auto device = whole;
    plain::put64(device.at(at).span(), offset, value);
    plain::seal(device.at(at).span(), kind, at);
    return plain::read_pool(test_support::image_bytes(device)).faults;
  };
  using testing::Contains;
  using testing::HasSubstr;
  EXPECT_THAT(faults_after(leaf, plain::kind::node, 32, UINT64_MAX),
              Contains(HasSubstr("keys out of order")));
  EXPECT_THAT(faults_after(leaf, plain::kind::node, 24, 24), Contains(HasSubstr("malformed node")));
  EXPECT_THAT(faults_after(leaf, plain::kind::bitmap, 32, 0), Contains(HasSubstr("no sound node")));
  EXPECT_THAT(faults_after(bitmap, plain::kind::bitmap, 16, 0xaaaaaaaaaaaaaaaa),
              Contains(HasSubstr("nr_free")));
  EXPECT_THAT(faults_after(0, plain::kind::superblock, 320, leaf), Contains(HasSubstr("node")));
}

}  // namespace
}  // namespace pdata
