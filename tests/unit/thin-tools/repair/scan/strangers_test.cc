// Blocks that are sound and not of the state in which they stand: what the space maps prove.
#include "thin-tools/repair/scan/strangers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "persistent-data/format/checksum.h"
#include "tests/unit/support/commit_history.h"
#include "tests/unit/support/pool_image.h"
#include "thin-tools/check/result_check.h"
#include "thin-tools/repair/input/repair_input.h"
#include "thin-tools/repair/output/plan_writer.h"
#include "thin-tools/repair/repair.h"
#include "thin-tools/repair/scan/small_trees.h"

namespace thin_tools {
namespace {

using pdata::memory_device;
using pdata::metadata_block;
using test_support::commit_history;
using test_support::read_pool_image;

struct outcome {
  repair_plan plan;
  test_support::pool_image result;
};

outcome repair(memory_device& image) {
  repair_input input(image, "image");
  pdata::batch_reader reader(input.device(), 1);
  auto plan = make_repair_plan(reader, "image", {}, &input.device());
  memory_device result(image.nr_blocks());
  write_plan(plan, reader, result);
  EXPECT_NO_THROW(std::ignore = check_result(result, "result"));
  return {std::move(plan), read_pool_image(result)};
}

std::uint64_t nr_wrong(const outcome& found, const test_support::pool_image& truth) {
  std::uint64_t sum = 0;
  for (const auto& [id, mappings] : found.result.devices)
    for (const auto& [block, value] : mappings) {
      const auto device = truth.devices.find(id);
      const auto right =
          device != truth.devices.end() ? device->second.find(block) : mappings.end();
      sum +=
          device == truth.devices.end() || right == device->second.end() || right->second != value;
    }
  return sum;
}

// Devices that are written and trimmed in turns, so that metadata blocks are used again.
void live(commit_history& history) {
  for (const pdata::device_id id : {1, 2, 3}) history.create_thin(id);
  history.commit();
  for (std::uint64_t round = 0; round < 30; ++round) {
    const pdata::device_id id = 1 + round % 3;
    history.write(id, round * 300, 250);
    if (round % 4 == 3) history.discard(id, (round - 3) * 300, (round - 3) * 300 + 200);
    if (round % 5 == 4) history.reopen();
    history.commit();
  }
}

struct old_copy {
  metadata_block block;
  pdata::block_buffer then;
};

// Live nodes of the last image, and what stood there before they were written.
std::vector<old_copy> older_contents(commit_history& history) {
  auto& now = history.image();
  pdata::batch_reader reader(now, 1);
  const auto counts = pdata::stored_counts::load(
      reader, read_pool_image(now).superblock.metadata_space_map.bitmap_root, now.nr_blocks());
  std::vector<old_copy> found;
  for (metadata_block b = 1; b < now.nr_blocks(); ++b) {
    if (!counts.live(b) || pdata::identify(now.at(b).view()) != pdata::block_kind::btree_node)
      continue;
    for (std::size_t back = 1; back < history.nr_commits(); ++back) {
      const auto& then = history.image(back).at(b);
      if (then.bytes == now.at(b).bytes || !pdata::identify(then.view())) continue;
      found.push_back({b, then});
      break;
    }
  }
  return found;
}

// Each of them alone: nothing wrong is written, and no loss goes unsaid.
TEST(strangers, an_older_block_adds_no_mappings) {
  commit_history history;
  live(history);
  const auto truth = read_pool_image(history.image());
  const auto older = older_contents(history);
  ASSERT_GT(older.size(), 10u);
  std::size_t nr_told = 0;
  for (const auto& each : older) {
    SCOPED_TRACE(each.block);
    auto image = history.image();
    image.at(each.block) = each.then;
    const auto found = repair(image);
    EXPECT_EQ(nr_wrong(found, truth), 0u);
    EXPECT_TRUE(!found.plan.account_closed() || found.result.devices == truth.devices);
    const bool has_strangers = std::ranges::any_of(found.plan.notes, [](const auto& note) {
      return note.find("not of the state that is taken") != note.npos;
    });
    nr_told += has_strangers;
    EXPECT_TRUE(!has_strangers || found.plan.account_closed() || !found.plan.guesses.empty());
  }
  EXPECT_GT(nr_told, 0u);
}

// The last write of a block went to a place that nothing uses, and says where it belongs. Where
// nothing contradicts the older block that is left there, it stays.
TEST(strangers, give_way_to_what_was_written_elsewhere) {
  commit_history history;
  live(history);
  const auto truth = read_pool_image(history.image());
  const auto older = older_contents(history);
  std::size_t nr_whole = 0;
  for (const auto& each : older) {
    auto image = history.image();
    image.at(image.nr_blocks() - 1) = image.at(each.block);
    image.at(each.block) = each.then;
    const auto found = repair(image);
    EXPECT_EQ(nr_wrong(found, truth), 0u) << each.block;
    const bool whole = found.result.devices == truth.devices;
    EXPECT_TRUE(whole || !found.plan.account_closed()) << each.block;
    nr_whole += whole;
  }
  EXPECT_GE(nr_whole * 4, older.size() * 3);
}

}  // namespace
}  // namespace thin_tools
