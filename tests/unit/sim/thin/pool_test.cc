#include <gmock/gmock.h>

#include <optional>

#include "persistent-data/base/error.h"
#include "tests/unit/sim/thin/pool_fixture.h"

namespace sim {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::StartsWith;

TEST(pool, provisions_on_the_first_write) {
  pool_machine p(64 * block);
  ASSERT_TRUE(p.create_thin(0, 1024 * block).ok());
  EXPECT_THAT(p.read(0, 0, block), Each(0U));
  EXPECT_EQ(p.write(0, 5 * block + 8, 8, 7), 0);
  EXPECT_EQ(p.thin_status(0), "128 767");
  EXPECT_THAT(p.read(0, 5 * block + 8, 8), Each(7U));
  EXPECT_THAT(p.read(0, 5 * block, 8), Each(0U));
  const auto& done = *p.m.counters("pool");
  EXPECT_EQ(done.provisioned_blocks, 1U);
  EXPECT_EQ(done.zeroed_blocks, 1U);
  EXPECT_EQ(p.write(0, 6 * block, block, 8), 0);
  EXPECT_EQ(done.overwritten_blocks, 1U);
}

TEST(pool, a_snapshot_keeps_what_the_origin_loses) {
  pool_machine p(64 * block);
  ASSERT_TRUE(p.create_thin(0, 64 * block).ok());
  p.write(0, 0, 2 * block, 1);
  ASSERT_TRUE(p.m.suspend("thin0").ok());
  ASSERT_TRUE(p.m.message("pool", 0, "create_snap 1 0").ok());
  ASSERT_TRUE(p.m.resume("thin0").ok());
  ASSERT_TRUE(p.open_thin(1, 64 * block).ok());
  p.write(0, 0, 8, 2);
  EXPECT_THAT(p.read(1, 0, 2 * block), Each(1U));
  EXPECT_THAT(p.read(0, 0, 8), Each(2U));
  EXPECT_THAT(p.read(0, 8, 2 * block - 8), Each(1U));
  EXPECT_EQ(p.m.counters("pool")->broken_shares, 1U);
  EXPECT_EQ(p.m.counters("pool")->copied_blocks, 1U);
}

TEST(pool, a_discard_gives_blocks_back_and_discards_the_data) {
  pool_machine p(64 * block);
  ASSERT_TRUE(p.create_thin(0, 64 * block).ok());
  p.write(0, 0, 4 * block, 1);
  EXPECT_EQ(p.discard(0, block / 2, 3 * block), 0);  // two whole blocks
  EXPECT_EQ(p.thin_status(0), "256 511");
  EXPECT_EQ(p.data.counters().sectors_discarded, 2 * block);
  EXPECT_THAT(p.read(0, block, 2 * block), Each(0U));
  EXPECT_THAT(p.read(0, 0, block), Each(1U));
}

TEST(pool, commits_after_a_second) {
  pool_machine p(64 * block);
  ASSERT_TRUE(p.create_thin(0, 64 * block).ok());
  p.m.loop().advance(5 * one_second);
  EXPECT_EQ(p.write(0, block, block, 1), 0);
  const auto before = p.m.counters("pool")->commits;
  EXPECT_EQ(p.write(0, 0, block, 1, false), 0);
  EXPECT_EQ(p.m.counters("pool")->commits, before);
  p.m.loop().advance(one_second);
  EXPECT_EQ(p.m.counters("pool")->commits, before + 1);
  p.m.loop().advance(5 * one_second);  // nothing has changed
  EXPECT_EQ(p.m.counters("pool")->commits, before + 1);
}

TEST(pool, queues_without_space_until_it_grows) {
  pool_machine p(2 * block);
  ASSERT_TRUE(p.create_thin(0, 64 * block).ok());
  p.write(0, 0, 2 * block, 1);
  int outcome = -1;
  start(p.thin(0), block_request::write(4 * block, block, content::stamped(2, 4 * block)),
        [&](pdata::status r) { outcome = r.errno_value(); });
  p.m.loop().advance(59 * one_second);
  EXPECT_EQ(outcome, -1);
  EXPECT_THAT(p.pool_status(), HasSubstr("out_of_data_space"));
  ASSERT_TRUE(p.reload_pool(4 * block).ok());
  EXPECT_EQ(outcome, 0);
  EXPECT_THAT(p.pool_status(), HasSubstr(" rw "));
  EXPECT_THAT(p.read(0, 4 * block, block), Each(2U));
}

TEST(pool, gives_up_after_the_no_space_timeout) {
  pool_machine p(block);
  ASSERT_TRUE(p.create_thin(0, 64 * block).ok());
  p.write(0, 0, block, 1);
  const auto before = p.m.loop().now();
  EXPECT_EQ(p.write(0, block, block, 1), ENOSPC);
  EXPECT_EQ(p.m.loop().now() - before, 60 * one_second);
  EXPECT_THAT(p.pool_status(), HasSubstr("error_if_no_space"));
  EXPECT_EQ(p.write(0, 2 * block, block, 1), ENOSPC);
  // A discard makes room, and the next commit brings writing back. Until then
  // even a flush fails: it would go to the first block, which is not mapped.
  EXPECT_EQ(p.discard(0, 0, block), 0);
  EXPECT_EQ(p.flush(0), ENOSPC);
  EXPECT_THAT(p.pool_status(), HasSubstr(" rw "));
  EXPECT_EQ(p.write(0, 2 * block, block, 1), 0);
}

TEST(pool, without_a_timeout_a_write_would_wait_forever) {
  pool_machine p(block, "0", {.no_space_timeout = 0});
  ASSERT_TRUE(p.create_thin(0, 64 * block).ok());
  p.write(0, 0, block, 1);
  EXPECT_THROW(p.write(0, block, block, 1), pdata::error);
}

TEST(pool, events_are_counted_once_each) {
  pool_machine p(2 * block, "1 error_if_no_space");
  ASSERT_TRUE(p.create_thin(0, 64 * block).ok());
  p.write(0, 0, 2 * block, 1);
  EXPECT_EQ(p.m.info("pool")->event_number, 0U);
  EXPECT_EQ(p.write(0, 2 * block, block, 1), ENOSPC);  // low water, and the mode
  EXPECT_EQ(p.m.info("pool")->event_number, 2U);
  EXPECT_EQ(p.write(0, 3 * block, block, 1), ENOSPC);
  EXPECT_EQ(p.m.info("pool")->event_number, 2U);
}

TEST(pool, a_smaller_table_is_refused_and_the_old_size_accepted) {
  pool_machine p(4 * block);
  EXPECT_EQ(p.reload_pool(2 * block).errno_value(), EINVAL);
  EXPECT_TRUE(p.m.info("pool")->suspended);
  EXPECT_TRUE(p.reload_pool(4 * block).ok());
  EXPECT_FALSE(p.m.info("pool")->suspended);
}

TEST(pool, is_refused_on_anything_but_metadata_and_zeroes) {
  pool_machine p(4 * block);
  ASSERT_TRUE(p.m.remove("pool").ok());
  perform(p.m, p.metadata, block_request::write(0, 1, content::stamped(1, 0))).ignore();
  EXPECT_FALSE(p.create_pool(4 * block).ok());
  perform(p.m, p.metadata, block_request::write(0, 8, content())).ignore();
  EXPECT_EQ(p.create_pool(4 * block, "1 read_only").errno_value(), EPERM);
  EXPECT_TRUE(p.create_pool(4 * block).ok());
}

TEST(pool, power_off_keeps_the_last_commit) {
  pool_machine p(64 * block);
  ASSERT_TRUE(p.create_thin(0, 64 * block).ok());
  p.write(0, 0, block, 1);
  p.write(0, block, block, 2, false);
  p.m.power_off();
  p.metadata.power_off();
  const auto report = check_metadata(p.m, p.metadata);
  EXPECT_EQ(report.outcome(), thin_tools::verdict::healthy);
}

TEST(pool, a_100_tib_pool_costs_what_is_mapped) {
  constexpr sector size = 100ULL << 31;
  machine m;
  m.add_disk("/dev/meta", std::make_unique<memory_backing>(1 << 21));
  m.add_disk("/dev/data", std::make_unique<memory_backing>(size));
  const table_line pool_line{0, size, "thin-pool", "/dev/meta /dev/data 2097152 0"};
  ASSERT_TRUE(m.create("pool", std::span(&pool_line, 1)).ok());
  ASSERT_TRUE(m.message("pool", 0, "create_thin 0").ok());
  const table_line thin_line{0, size, "thin", "/dev/mapper/pool 0"};
  ASSERT_TRUE(m.create("thin", std::span(&thin_line, 1)).ok());
  const auto last =
      block_request::write(size - 8, 8, content::stamped(1, size - 8), write_kind::fua);
  EXPECT_TRUE(perform(m, *m.find("thin"), last).ok());
  EXPECT_THAT(m.report("thin", status_kind::info)->at(0).text, StartsWith("2097152 "));
}

// Random work against a plain map of what every device holds.
TEST(pool, devices_hold_what_was_written_last) {
  pool_machine p(4096 * block, "1 skip_block_zeroing");
  std::map<int, std::map<sector, std::uint64_t>> model;  // in pieces of 8 sectors
  ASSERT_TRUE(p.create_thin(0, 64 * block).ok());
  model[0];
  std::uint64_t random = 12345;
  const auto draw = [&](std::uint64_t n) {
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    return (random >> 33) % n;
  };
  for (int step = 1; step <= 1500; ++step) {
    const int id = static_cast<int>(draw(model.size()));
    const sector at = draw(64 * block / 8) * 8;
    switch (draw(20)) {
      case 0:
        if (model.size() < 8) {
          const int snap = static_cast<int>(model.size());
          ASSERT_TRUE(p.m.suspend(p.name(id)).ok());
          ASSERT_TRUE(p.m.message("pool", 0,
                                  "create_snap " + std::to_string(snap) + " " + std::to_string(id))
                          .ok());
          ASSERT_TRUE(p.m.resume(p.name(id)).ok());
          ASSERT_TRUE(p.open_thin(snap, 64 * block).ok());
          model[snap] = model[id];
        }
        break;
      case 1:
        ASSERT_EQ(p.discard(id, at / block * block,
                            2 * block > 64 * block - at ? block : sector(2 * block)),
                  0);
        for (sector s = at / block * block;
             s < at / block * block + (2 * block > 64 * block - at ? block : sector(2 * block));
             s += 8)
          model[id].erase(s);
        break;
      case 2:
        p.m.loop().advance(one_second);
        break;
      default:
        ASSERT_EQ(p.write(id, at, 8, static_cast<std::uint64_t>(step), draw(2) == 0), 0);
        model[id][at] = static_cast<std::uint64_t>(step);
    }
  }
  for (const auto& [id, pieces] : model) {
    const auto seeds = p.read(id, 0, 64 * block);
    for (const auto& [at, seed] : pieces) ASSERT_EQ(seeds.at(at), seed) << id << " at " << at;
    p.flush(id);
  }
  EXPECT_EQ(check_metadata(p.m, p.metadata).outcome(), thin_tools::verdict::healthy);
}

// What is on the data device before a pool gives its blocks out.
void leave_old_data(pool_machine& p) {
  const auto old = block_request::write(0, p.data.size(), content::stamped(99, 0));
  ASSERT_TRUE(perform(p.m, p.data, old).ok());
}

TEST(pool, a_write_that_lacks_a_sector_of_its_block_leaves_no_old_data) {
  pool_machine p(64 * block);
  leave_old_data(p);
  ASSERT_TRUE(p.create_thin(0, 64 * block).ok());
  EXPECT_EQ(p.write(0, 0, block - 1, 7), 0);
  EXPECT_THAT(p.read(0, block - 1, 1), Each(0U));
}

// A thin device of two blocks more than its external origin, which ends within a block or at the
// end of one.
class origin_test : public testing::TestWithParam<sector> {};

TEST_P(origin_test, what_it_has_of_a_block_is_copied_and_no_more) {
  const sector size = GetParam();
  pool_machine p(64 * block);
  leave_old_data(p);
  auto& origin = p.m.add_disk("/dev/origin", std::make_unique<memory_backing>(size));
  ASSERT_TRUE(perform(p.m, origin, block_request::write(0, size, content::stamped(5, 0))).ok());
  ASSERT_TRUE(p.m.message("pool", 0, "create_thin 0").ok());
  const table_line line{0, 4 * block, "thin", "/dev/mapper/pool 0 /dev/origin"};
  ASSERT_TRUE(p.m.create("thin0", std::span(&line, 1)).ok());
  for (const auto first : {sector(0), sector(block), sector(2 * block)})
    EXPECT_EQ(p.write(0, first, 8, 7), 0);
  const auto seeds = p.read(0, 0, 3 * block);
  ASSERT_EQ(seeds.size(), 3 * block);
  for (sector s = 0; s < seeds.size(); ++s) {
    const auto from_origin = s < size ? 5U : 0U;
    ASSERT_EQ(seeds[s], s % block < 8 ? 7U : from_origin) << s;
  }
}

INSTANTIATE_TEST_SUITE_P(sizes, origin_test,
                         testing::Values(sector(block + 72), sector(2 * block)));

TEST(pool, is_no_origin_of_its_own_devices) {
  pool_machine p(64 * block);
  ASSERT_TRUE(p.m.message("pool", 0, "create_thin 0").ok());
  const table_line line{0, block, "thin", "/dev/mapper/pool 0 /dev/mapper/pool"};
  EXPECT_EQ(p.m.create("thin0", std::span(&line, 1)).errno_value(), EINVAL);
}

// The table before goes away when the new one is there.
TEST(pool, tells_events_after_its_table_was_replaced) {
  pool_machine p(2 * block, "1 error_if_no_space");
  ASSERT_TRUE(p.create_thin(0, 64 * block).ok());
  ASSERT_TRUE(p.reload_pool(2 * block, "1 error_if_no_space").ok());
  p.write(0, 0, 2 * block, 1);
  const auto before = p.m.info("pool")->event_number;
  EXPECT_EQ(p.write(0, 2 * block, block, 1), ENOSPC);
  EXPECT_EQ(p.m.info("pool")->event_number, before + 2);
}

TEST(pool, writes_that_wait_for_space_go_on_when_a_discard_gives_some_back) {
  pool_machine p(2 * block);
  ASSERT_TRUE(p.create_thin(0, 64 * block).ok());
  ASSERT_TRUE(p.create_thin(1, 64 * block).ok());
  ASSERT_EQ(p.write(0, 0, 2 * block, 1), 0);
  std::optional<int> ended;
  start(p.thin(1), block_request::write(0, block, content::stamped(2, 0)),
        [&](pdata::status s) { ended = s.errno_value(); });
  p.m.loop().run();
  ASSERT_FALSE(ended);
  ASSERT_EQ(p.discard(0, 0, 2 * block), 0);
  p.m.loop().advance(2 * one_second);
  ASSERT_TRUE(ended);
  EXPECT_EQ(*ended, 0);
}

TEST(pool, takes_all_of_the_largest_metadata) {
  machine m;
  m.add_disk("/dev/meta", std::make_unique<memory_backing>(sector(1) << 25));  // 16 GiB
  m.add_disk("/dev/data", std::make_unique<memory_backing>(64 * block));
  const table_line line{0, 64 * block, "thin-pool", "/dev/meta /dev/data 128 0"};
  ASSERT_TRUE(m.create("pool", std::span(&line, 1)).ok());
  // 255 bitmaps of 16320 blocks (Linux 6.1 dm-thin-metadata.h, THIN_METADATA_MAX_SECTORS).
  EXPECT_THAT(m.report("pool", status_kind::info)->at(0).text, HasSubstr("/4161600 "));
}

}  // namespace
}  // namespace sim
