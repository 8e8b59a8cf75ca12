// Counts of metadata blocks, asked of places where damaged nodes may lead.
#include "persistent-data/survey/stored_counts.h"

#include <gtest/gtest.h>

#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/io/memory_device.h"

namespace pdata {
namespace {

TEST(stored_counts, nothing_is_known_behind_the_end_of_the_device) {
  const stored_counts counts(10);
  for (const metadata_block b :
       {std::uint64_t{9}, std::uint64_t{10}, std::uint64_t{1} << 33, ~std::uint64_t{0}}) {
    EXPECT_FALSE(counts.live(b)) << b;
    EXPECT_FALSE(counts.in_overflow(b)) << b;
    EXPECT_EQ(counts.get(b), std::nullopt) << b;
  }
}

// An index in block 1 that names a bitmap in block 2: blocks 0 to 2 are in use, the last one twice.
struct planted_counts {
  static constexpr std::uint32_t nr_blocks = 40;

  planted_counts() {
    for (std::uint32_t b = 0; b < 3; ++b) set_bitmap_count(device.at(2).span(), b, 1);
    set_bitmap_count(device.at(2).span(), nr_blocks - 1, 2);
    seal(device.at(2).span(), block_kind::bitmap, 2);
    name_bitmap(entries_per_bitmap - 4);
  }
  void name_bitmap(std::uint32_t nr_free) {
    store_index_entry(device.at(1).span(), 0, {2, nr_free, 0});
    seal(device.at(1).span(), block_kind::index, 1);
  }
  stored_counts load(metadata_block size = nr_blocks) {
    batch_reader reader(device, 1);
    return stored_counts::load(reader, 1, size);
  }

  memory_device device{nr_blocks};
};

TEST(stored_counts, are_those_of_the_bitmap_up_to_the_last_block) {
  planted_counts planted;
  const auto counts = planted.load();
  EXPECT_TRUE(counts.sound());
  EXPECT_EQ(counts.bitmaps(), std::vector<metadata_block>{2});
  for (metadata_block b = 0; b < 39; ++b) EXPECT_EQ(counts.get(b), b < 3 ? 1U : 0U) << b;
  EXPECT_EQ(counts.get(39), 2U);
  EXPECT_EQ(counts.nr_allocated(), 4U);
}

TEST(stored_counts, are_not_sound_where_the_index_counts_other_free_blocks) {
  planted_counts planted;
  planted.name_bitmap(entries_per_bitmap - 5);
  EXPECT_FALSE(planted.load().sound());
  EXPECT_TRUE(planted.load().live(39));
}

// A device that has grown since its last commit.
TEST(stored_counts, end_with_the_map_where_the_device_is_larger) {
  planted_counts planted;
  const auto counts = planted.load(entries_per_bitmap + 10);
  EXPECT_TRUE(counts.sound());
  EXPECT_EQ(counts.get(entries_per_bitmap - 1), 0U);
  EXPECT_EQ(counts.get(entries_per_bitmap), std::nullopt);
}

}  // namespace
}  // namespace pdata
