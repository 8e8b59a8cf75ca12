// Thousands of damaged images with valid checksums, with and without superblock.
// Whatever they hold, a repair ends with a sound result or a refusal.
#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "persistent-data/base/all_zero.h"
#include "persistent-data/base/error.h"
#include "persistent-data/format/superblock.h"
#include "persistent-data/survey/stored_counts.h"
#include "tests/unit/support/kernel_images.h"
#include "tests/unit/support/mutant.h"
#include "thin-tools/check/result_check.h"
#include "thin-tools/repair/history/root_list.h"
#include "thin-tools/repair/input/repair_input.h"
#include "thin-tools/repair/output/plan_writer.h"
#include "thin-tools/repair/output/repair_report.h"
#include "thin-tools/repair/repair.h"

namespace {

using namespace pdata;
using namespace test_support;
using thin_tools::check;
using thin_tools::check_result;

// False: there was nothing to repair.
bool judge_repair(mutant_device& device) {
  thin_tools::repair_input input(device, "mutant");
  batch_reader reader(input.device(), 1);
  memory_device result(device.nr_blocks());
  try {
    auto plan =
        thin_tools::make_repair_plan(reader, "mutant", {.data_block_size = 128}, &input.device());
    if (thin_tools::blocks_needed(plan, reader, result.nr_blocks()) > result.nr_blocks())
      return false;
    thin_tools::write_plan(plan, reader, result);
    EXPECT_FALSE(thin_tools::full_report(plan, "mutant").empty());
    EXPECT_FALSE(thin_tools::report_json(plan, "mutant", "result").empty());
  } catch (const error&) {
    return false;
  }
  EXPECT_NO_THROW(std::ignore = check_result(result, "result"));
  EXPECT_EQ(check(result, "result", {}).nr_fatal, 0u);
  EXPECT_EQ(device.nr_writes, 0u);
  return true;
}

// What the superblock's state uses: changes of anything else say little about a repair.
std::vector<metadata_block> blocks_in_use(memory_device image) {
  batch_reader reader(image, 1);
  const auto pool = superblock::load(image.at(superblock_location).view());
  const auto counts =
      stored_counts::load(reader, pool.metadata_space_map.bitmap_root, image.nr_blocks());
  std::vector<metadata_block> used;
  for (metadata_block b = 0; b < image.nr_blocks(); ++b)
    if (counts.live(b)) used.push_back(b);
  return used;
}

std::size_t nr_struck(const mutant_device& now, const memory_device& before,
                      const std::vector<metadata_block>& used) {
  return static_cast<std::size_t>(std::ranges::count_if(
      used, [&](metadata_block b) { return now.at(b).bytes != before.at(b).bytes; }));
}

TEST(mutated_images, never_defeat_the_repair) {
  constexpr unsigned rounds = 25;  // of each image, and each strikes what is in use
  unsigned nr_repaired = 0;
  for (const char* name : {"metadata-full", "metadata-snapshot", "snapshots", "shared-by-many"}) {
    const auto original = load_kernel_image(name);
    const auto used = blocks_in_use(original);
    mutant_device mutant(original);
    mutator change(mutant);
    unsigned seed = 0;
    for (unsigned round = 0; round < rounds; ++round) {
      for (std::size_t wanted = 1 + round % 4; nr_struck(mutant, original, used) < wanted;) {
        mutant.restore();
        change.seed(++seed);
        for (unsigned n = 0; n < wanted; ++n) change.mutate();
      }
      SCOPED_TRACE(std::string(name) + ", seed " + std::to_string(seed));
      if (round % 3 == 0) mutant.change(0) = {};
      nr_repaired += judge_repair(mutant);
      mutant.restore();
    }
  }
  EXPECT_GT(nr_repaired, rounds);
}

// Every unused block is a copy of a block that repair has to look at whole.
TEST(mutated_images, full_of_copies_never_defeat_the_repair) {
  for (const auto kind : {block_kind::index, block_kind::superblock, block_kind::btree_node}) {
    const auto original = load_kernel_image("snapshots");
    mutant_device mutant(original);
    std::vector<metadata_block> sources;
    for (metadata_block b = 1; b < original.nr_blocks(); ++b)
      if (identify(original.at(b).view()) == kind) sources.push_back(b);
    if (sources.empty()) sources.push_back(0);
    for (metadata_block b = 1; b < original.nr_blocks(); ++b) {
      if (!all_zero(original.at(b).view())) continue;
      mutant.change(b) = original.at(sources[b % sources.size()]);
      seal(mutant.change(b).span(), kind, b);
    }
    EXPECT_TRUE(judge_repair(mutant));
    mutant.change(0) = {};
    judge_repair(mutant);
    batch_reader reader(mutant, 1);
    EXPECT_FALSE(thin_tools::describe(thin_tools::list_roots(reader)).empty());
  }
}

}  // namespace
