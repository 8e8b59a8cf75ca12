#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "persistent-data/base/error.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/stream/stream_validator.h"
#include "persistent-data/survey/block_facts.h"
#include "tests/unit/support/kernel_images.h"
#include "tests/unit/support/pool_image.h"
#include "tests/unit/support/stream_text.h"
#include "thin-tools/generate/field_change.h"
#include "thin-tools/generate/metadata_leaks.h"
#include "thin-tools/generate/pool_shape.h"

namespace thin_tools {
namespace {

using test_support::count_table;

TEST(pool_shape, streams_are_sound_and_have_what_was_asked_for) {
  const pool_shape shape{.nr_devices = 4, .own = 300, .shared = 200, .run_length = 5};
  test_support::stream_text text;
  pdata::stream_validator proof(text);
  stream_shape(shape, proof);  // refuses mapped_blocks that are not those of the mappings
  proof.expect_complete();
  EXPECT_NE(text.text.find("device 4 500 3 0 1"), std::string::npos);
  EXPECT_EQ(text.text.find("device 5"), std::string::npos);
}

TEST(pool_shape, too_much_is_an_error) {
  test_support::stream_text text;
  EXPECT_THROW(stream_shape({.nr_devices = UINT64_MAX, .own = 2}, text), pdata::error);
  EXPECT_THROW(stream_shape({.nr_devices = 1, .own = 10, .nr_data_blocks = 10}, text),
               pdata::error);
}

struct planted {
  planted() : device(test_support::load_kernel_image("snapshots")) {
    pdata::silent_sink sink;
    layout = pdata::read_layout(device, "image", {}, sink);
  }
  pdata::memory_device device;
  pdata::pool_layout layout;
};

TEST(metadata_leaks, exactly_what_was_asked_for_is_wrong) {
  for (const planted_counts counts : {planted_counts{3, 0, 1}, planted_counts{2, 0, 9},
                                      planted_counts{4, 1, 3}, planted_counts{1, 1, 0}}) {
    planted image;
    create_metadata_leaks(image.device, "image", image.layout, counts);
    const auto found = test_support::read_pool_image(image.device);
    EXPECT_TRUE(found.faults.empty());
    std::uint64_t nr_wrong = 0;
    for (pdata::metadata_block block = 0; block < image.device.nr_blocks(); ++block) {
      const auto count_in = [&](const count_table& table) {
        const auto row = table.find(block);
        return row == table.end() ? 0 : row->second;
      };
      const auto stored = count_in(found.metadata_counts);
      const auto counted = count_in(found.metadata_references);
      if (stored == counted) continue;
      ++nr_wrong;
      EXPECT_EQ(stored, counts.actual);
      EXPECT_EQ(counted, counts.expected);
    }
    EXPECT_EQ(nr_wrong, counts.nr_blocks);
  }
}

TEST(metadata_leaks, what_cannot_be_picked_leaves_the_pool_alone) {
  planted image;
  const auto before = image.device.at(0).bytes;
  EXPECT_THROW(create_metadata_leaks(image.device, "image", image.layout, {1, 500, 501}),
               pdata::error);
  EXPECT_EQ(image.device.at(0).bytes, before);
}

// Their counts are changed by the very transaction that plants the others.
TEST(metadata_leaks, the_blocks_of_the_space_map_are_not_picked) {
  planted image;
  const auto found = test_support::read_pool_image(image.device);
  const auto ones = static_cast<std::uint64_t>(std::ranges::count_if(
      found.metadata_counts, [](const auto& row) { return row.first != 0 && row.second == 1; }));
  try {
    create_metadata_leaks(image.device, "image", image.layout, {ones, 1, 2});
    FAIL() << "all blocks with a count of 1 were picked";
  } catch (const pdata::error& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("'image' has only"));
  }
}

TEST(field_change, a_bad_change_among_good_ones_changes_nothing) {
  planted image;
  const auto before = image.device.at(0).bytes;
  const field_change changes[] = {{"time", 9}, {"flags", std::uint64_t{1} << 32}};
  EXPECT_THROW(change_fields(image.device, "image", 0, changes, checksums::renew), pdata::error);
  EXPECT_EQ(image.device.at(0).bytes, before);
  change_fields(image.device, "image", 0, {changes, 1}, checksums::renew);
  EXPECT_EQ(pdata::superblock::load(image.device.at(0).view()).time, 9U);
  EXPECT_TRUE(pdata::examine_block(image.device.at(0).view(), 0).valid);
  change_fields(image.device, "image", 0, {changes, 1}, checksums::keep);
  EXPECT_TRUE(pdata::examine_block(image.device.at(0).view(), 0).valid);  // nothing new to seal
}

}  // namespace
}  // namespace thin_tools
