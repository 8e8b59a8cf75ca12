// Scans of images that the kernel wrote, held against what plain code reads.
#include "thin-tools/scan/scan.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "persistent-data/base/error.h"
#include "tests/unit/support/kernel_images.h"
#include "tests/unit/support/pool_image.h"

namespace thin_tools {
namespace {

using pdata::metadata_block;

struct collector : scan_writer {
  void begin(metadata_block) override {}
  void run(const scanned_run& run, const scan_extras& extras) override {
    runs.push_back(run);
    references[run.begin] = {extras.references.begin(), extras.references.end()};
  }
  void end() override { ended = true; }

  std::vector<scanned_run> runs;
  std::map<metadata_block, std::vector<block_reference>> references;
  bool ended = false;
};

TEST(scan, counts_are_those_of_the_space_map_in_every_image) {
  for (const auto& name : test_support::kernel_image_names()) {
    auto device = test_support::load_kernel_image(name);
    const auto image = test_support::read_pool_image(device);
    collector found;
    EXPECT_EQ(scan(device, {}, found), 0U);
    EXPECT_TRUE(found.ended);
    metadata_block next = 0;
    for (const auto& run : found.runs) {
      ASSERT_EQ(run.begin, next) << name;
      next += run.length;
      for (auto block = run.begin; block < next; ++block) {
        const auto stored = image.metadata_counts.find(block);
        const auto expected = stored == image.metadata_counts.end() ? 0 : stored->second;
        ASSERT_EQ(run.ref_count, expected) << name << ", block " << block;
      }
    }
    EXPECT_EQ(next, device.nr_blocks());
  }
}

// Blocks in use are referred to at least as often as they are counted: blocks
// that are left over refer, too.
TEST(scan, whoever_counts_on_a_block_is_named) {
  auto device = test_support::load_kernel_image("metadata-snapshot");
  const auto image = test_support::read_pool_image(device);
  collector found;
  EXPECT_EQ(scan(device, {.references = true}, found), 0U);
  for (const auto& [block, count] : image.metadata_references) {
    if (block == pdata::superblock_location) continue;
    const auto& who = found.references[block];
    EXPECT_GE(who.size(), std::min(count, reference_list::kept_max)) << "block " << block;
    EXPECT_TRUE(std::ranges::is_sorted(who, {}, &block_reference::from));
  }
}

TEST(scan, only_neighbours_that_are_alike_make_one_run) {
  const scanned_run first{.begin = 5,
                          .length = 2,
                          .facts = {.type = pdata::block_type::btree_leaf,
                                    .valid = true,
                                    .value_size = 8,
                                    .blocknr = 5},
                          .ref_count = 1};
  auto next = first;
  next.begin = 7;
  next.length = 1;
  next.facts.blocknr = 7;
  EXPECT_TRUE(first.continued_by(next));
  const auto differs = [&](auto change) {
    auto other = next;
    change(other);
    return !first.continued_by(other);
  };
  EXPECT_TRUE(differs([](scanned_run& run) { run.begin = 8; }));
  EXPECT_TRUE(
      differs([](scanned_run& run) { run.facts.type = pdata::block_type::btree_internal; }));
  EXPECT_TRUE(differs([](scanned_run& run) { run.facts.valid = false; }));
  EXPECT_TRUE(differs([](scanned_run& run) { run.facts.value_size = 16; }));
  EXPECT_TRUE(differs([](scanned_run& run) { run.facts.blocknr = 9; }));
  EXPECT_TRUE(differs([](scanned_run& run) { run.ref_count = 2; }));
  EXPECT_TRUE(differs([](scanned_run& run) { run.ref_count.reset(); }));
}

// The superblock cannot be read once, when the counts are looked for, and can afterwards.
TEST(scan, a_read_that_fails_once_is_told) {
  struct flaky : pdata::memory_device {
    using memory_device::memory_device;
    pdata::status read(metadata_block first, std::span<std::byte> to) override {
      if (nr_reads++ == 0) return pdata::status(EIO);
      return memory_device::read(first, to);
    }
    int nr_reads = 0;
  };
  flaky device(10);
  collector found;
  EXPECT_EQ(scan(device, {}, found), 1U);
  EXPECT_EQ(scan(device, {}, found), 0U);
}

TEST(scan, a_range_without_blocks_is_an_error) {
  pdata::memory_device device(10);
  collector found;
  EXPECT_THROW((void)scan(device, {.begin = 10}, found), pdata::error);
  EXPECT_THROW((void)scan(device, {.begin = 5, .end = 5}, found), pdata::error);
  EXPECT_NO_THROW((void)scan(device, {.begin = 9, .end = 50}, found));
  ASSERT_EQ(found.runs.size(), 1U);
  EXPECT_EQ(found.runs[0].length, 1U);
}

}  // namespace
}  // namespace thin_tools
