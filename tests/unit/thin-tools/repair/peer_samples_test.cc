// Metadata of LVM pools from elsewhere, as it is and without its superblock:
// what is recovered is what was there.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "tests/support/tests_folder.h"
#include "tests/unit/support/kernel_images.h"
#include "thin-tools/check/check.h"
#include "thin-tools/repair/output/plan_writer.h"
#include "thin-tools/repair/repair.h"

namespace thin_tools {
namespace {

using pdata::memory_device;

const char* const whole_samples[] = {
    "tmeta",
    "tmeta_device_id_reuse",
    "tmeta_device_id_reuse_with_corrupted_thins",  // the metadata snapshot's are
    "tmeta_with_corrupted_metadata_snap",
    "tmeta_with_deleted_snapshot",
    "tmeta_with_empty_roots",
    "tmeta_with_metadata_snap",
    "tmeta_with_shared_internal_root",
    "tmeta_with_shared_internals_and_leaves",
};

using device_list = std::vector<std::pair<pdata::device_id, pdata::device_details>>;

struct repaired {
  device_list devices;
  std::uint64_t nr_leaves = 0;
  std::vector<std::string> guesses;
  std::vector<std::string> notes;
  bool lost_something = false;
};

repaired repair(memory_device& image, const std::string& name) {
  pdata::batch_reader reader(image, 1);
  auto plan = make_repair_plan(reader, name, {.data_block_size = 128});
  memory_device result(image.nr_blocks());
  write_plan(plan, reader, result);
  EXPECT_EQ(check(result, name, {}).outcome(), verdict::healthy) << name;
  repaired found{{}, plan.leaf_locations.size(), plan.guesses, plan.notes, plan.lost_something()};
  for (const auto& device : plan.devices) found.devices.emplace_back(device.id, device.details);
  return found;
}

TEST(repair_plan, recovers_the_peers_samples_without_their_superblocks) {
  const char* given = std::getenv("THIN_PEER_SAMPLES");
  const std::string folder =
      given ? given : test_support::tests_folder() + "/../../shared/peer-samples";
  if (!std::filesystem::exists(folder + "/tmeta.metadata.gz"))
    GTEST_SKIP() << "no samples in " << folder << " (set THIN_PEER_SAMPLES)";
  for (const std::string name : whole_samples) {
    auto image = test_support::load_gzipped_image(folder + "/" + name + ".metadata.gz");
    const auto before = repair(image, name);
    EXPECT_FALSE(before.lost_something) << name;
    EXPECT_TRUE(before.guesses.empty()) << name;
    image.at(0) = {};
    const auto after = repair(image, name);
    EXPECT_EQ(after.devices, before.devices) << name;
    EXPECT_EQ(after.nr_leaves, before.nr_leaves) << name;
    EXPECT_FALSE(after.lost_something) << name;
    if (name == "tmeta") {
      // Two states are whole. What commits wrote over tells which was the last: nothing is guessed.
      EXPECT_TRUE(after.guesses.empty());
      EXPECT_TRUE(std::ranges::any_of(after.notes, [](const std::string& note) {
        return note.find("the last of 2 whole state(s)") != std::string::npos;
      }));
    }
  }
}

}  // namespace
}  // namespace thin_tools
