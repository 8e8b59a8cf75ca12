// Whole images: the kernel's are healthy, other people's are judged as the peers
// judge them.
#include "thin-tools/check/check.h"
#include "tests/support/tests_folder.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "persistent-data/base/error.h"
#include "persistent-data/format/damage_catalogue.h"
#include "tests/unit/support/damaged_image.h"
#include "tests/unit/support/kernel_images.h"
#include "thin-tools/check/report_text.h"

namespace {

using namespace pdata;
using namespace test_support;
using thin_tools::check;
using thin_tools::check_depth;
using thin_tools::check_options;
using thin_tools::verdict;

TEST(check, finds_nothing_in_what_the_kernel_wrote) {
  for (const auto& name : kernel_image_names()) {
    auto image = load_kernel_image(name);
    const auto report = check(image, name, {});
    EXPECT_TRUE(report.mappings_checked && report.counts_checked) << name;
    for (const auto& finding : report.findings)
      EXPECT_TRUE(finding.id == damage_id::metadata_full && name == "metadata-full")
          << name << ": " << describe(finding);
    const auto& map = report.superblock->metadata_space_map;
    EXPECT_EQ(report.metadata_free_blocks, map.nr_blocks - map.nr_allocated) << name;
  }
}

TEST(check, of_the_superblock_needs_no_more_than_the_first_block) {
  auto image = load_kernel_image("mixed-1");
  image.resize(1);
  const auto report = check(image, "image", {.depth = check_depth::superblock});
  EXPECT_EQ(report.outcome(), verdict::healthy);
  EXPECT_GT(report.metadata_free_blocks, 0u);
}

TEST(check, says_what_it_left_out) {
  auto image = load_kernel_image("mixed-1");
  EXPECT_TRUE(check(image, "image", {}).not_checked.empty());
  for (const auto depth : {check_depth::superblock, check_depth::devices}) {
    const auto report = check(image, "image", {.depth = depth});
    EXPECT_FALSE(report.not_checked.empty());
    EXPECT_NE(thin_tools::advice(report, "image").find("not checked: "), std::string::npos);
  }
}

TEST(check, of_devices_reads_no_mappings) {
  damaged_image image("mixed-0");
  image.device().at(image.device_root(2)) = {};
  const auto report = check(image.device(), "image", {.depth = check_depth::devices});
  EXPECT_EQ(report.outcome(), verdict::healthy);
  EXPECT_FALSE(report.mappings_checked || report.counts_checked);
  EXPECT_EQ(check(image.device(), "image", {}).outcome(), verdict::damaged);
}

TEST(check, of_the_snapshot_reads_only_the_snapshot) {
  damaged_image image("metadata-snapshot");
  const check_options from_snapshot{.trees = {.from_snapshot = true}};
  image.device().at(image.superblock().mapping_root) = {};
  EXPECT_EQ(check(image.device(), "image", {}).outcome(), verdict::damaged);
  EXPECT_EQ(check(image.device(), "image", from_snapshot).outcome(), verdict::healthy);
}

TEST(check, reports_the_active_metadata_before_the_snapshot) {
  damaged_image image("metadata-snapshot");
  image.device().at(image.superblock().held_root).bytes[200] ^= std::byte{1};
  image.set_details(0, "mapped_blocks", 1);
  const auto report = check(image.device(), "image", {});
  ASSERT_EQ(report.findings.size(), 2u);
  EXPECT_EQ(report.findings[0].id, damage_id::device_mapped_blocks);
  EXPECT_EQ(report.findings[1].id, damage_id::superblock_checksum);
  EXPECT_TRUE(report.findings[1].in_snapshot);
}

TEST(check, without_a_snapshot_cannot_be_asked_for_it) {
  auto image = load_kernel_image("fresh");
  EXPECT_THROW(check(image, "image", {.trees = {.from_snapshot = true}}), error);
}

TEST(check, follows_overridden_roots_and_leaves_counts_alone) {
  damaged_image image("mixed-0");
  const auto sb = image.superblock();
  const check_options swapped{.trees = {.mapping_root = image.device_root(2)}};
  EXPECT_EQ(check(image.device(), "image", swapped).outcome(), verdict::damaged);
  EXPECT_FALSE(check(image.device(), "image", swapped).counts_checked);
  const check_options same{
      .trees = {.mapping_root = sb.mapping_root, .details_root = sb.details_root}};
  image.set_superblock("data_mapping_root", 1999);
  const auto report = check(image.device(), "image", same);
  EXPECT_EQ(report.outcome(), verdict::healthy);
  EXPECT_FALSE(report.counts_checked);
}

TEST(check, tells_for_each_device_how_much_can_be_read) {
  damaged_image image("mixed-0");
  const auto leaves = image.leaves(image.device_root(2));
  const auto lost = image.node(leaves.at(1)).nr_entries();
  image.device().at(leaves.at(1)) = {};
  const auto report = check(image.device(), "image", {});
  ASSERT_EQ(report.devices.size(), 1u);
  EXPECT_EQ(report.devices[0].id, 2u);
  EXPECT_EQ(report.devices[0].readable_mappings + lost, report.devices[0].expected_mappings);
}

TEST(check, reports_shared_damage_for_every_device) {
  damaged_image image("mixed-0");  // devices 6, 7 and 8 share everything
  image.device().at(image.leaves(image.device_root(6)).at(2)) = {};
  const auto report = check(image.device(), "image", {});
  ASSERT_EQ(report.findings.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(report.findings[i].device, 6 + i);
}

// Samples of the peers' own tests, where this machine has them.
struct sample {
  const char* name;
  verdict plain;
  std::optional<verdict> snapshot;  // none: there is none
};
constexpr sample samples[] = {
    {"tmeta", verdict::healthy, {}},
    {"tmeta_with_metadata_snap", verdict::healthy, verdict::healthy},
    {"corrupted_tmeta_with_metadata_snap", verdict::damaged, verdict::healthy},
    {"tmeta_with_corrupted_metadata_snap", verdict::damaged, verdict::damaged},
    {"tmeta_device_id_reuse", verdict::healthy, verdict::healthy},
    {"tmeta_device_id_reuse_with_corrupted_thins", verdict::damaged, verdict::damaged},
    {"tmeta_with_deleted_snapshot", verdict::healthy, verdict::healthy},
    {"tmeta_with_empty_roots", verdict::healthy, {}},
    {"tmeta_with_shared_internal_root", verdict::healthy, {}},
    {"tmeta_with_shared_internals_and_leaves", verdict::healthy, {}},
};

TEST(check, judges_the_peers_samples_as_the_peers_do) {
  const char* given = std::getenv("THIN_PEER_SAMPLES");
  const std::string folder =
      given ? given : test_support::tests_folder() + "/../../shared/peer-samples";
  if (!std::filesystem::exists(folder + "/tmeta.metadata.gz"))
    GTEST_SKIP() << "no samples in " << folder << " (set THIN_PEER_SAMPLES)";
  for (const auto& [name, plain, snapshot] : samples) {
    auto image = load_gzipped_image(folder + "/" + name + ".metadata.gz");
    EXPECT_EQ(check(image, name, {}).outcome(), plain) << name;
    const check_options from_snapshot{.trees = {.from_snapshot = true}};
    if (snapshot) {
      EXPECT_EQ(check(image, name, from_snapshot).outcome(), *snapshot) << name;
    } else {
      EXPECT_THROW(check(image, name, from_snapshot), error) << name;
    }
  }
}

}  // namespace
