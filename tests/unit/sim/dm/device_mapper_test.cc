#include "sim/dm/device_mapper.h"

#include <gmock/gmock.h>

#include "persistent-data/base/error.h"
#include "sim/dm/request.h"
#include "sim/thin/machine.h"

namespace sim {
namespace {

using testing::ElementsAre;

class device_mapper_test : public testing::Test {
 protected:
  device_mapper_test() {
    m_.add_disk("/dev/a", std::make_unique<memory_backing>(1000));
    m_.add_disk("/dev/b", std::make_unique<memory_backing>(1000));
  }

  int create(const std::string& name, const std::vector<table_line>& lines) {
    return m_.create(name, lines).errno_value();
  }
  int write(const std::string& path, sector first, sector count, std::uint64_t seed) {
    return perform(m_, *m_.find_device(path),
                   block_request::write(first, count, content::stamped(seed, first)))
        .errno_value();
  }
  // The seeds of the sectors; 0 for zeroes.
  std::vector<std::uint64_t> read(const std::string& path, sector first, sector count) {
    std::vector<std::uint64_t> seeds(count, 99);
    const content_sink sink = [&](sector offset, sector n, const content& what) {
      for (sector i = 0; i < n; ++i) seeds.at(offset + i) = what.seed();
    };
    const auto r = perform(m_, *m_.find_device(path), block_request::read(first, count, &sink));
    return r.ok() ? seeds : std::vector<std::uint64_t>();
  }

  machine m_;
};

TEST_F(device_mapper_test, cuts_requests_at_targets) {
  ASSERT_EQ(create("x", {{0, 2, "linear", "/dev/a 10"}, {2, 2, "linear", "/dev/b 20"}}), 0);
  EXPECT_EQ(write("/dev/mapper/x", 0, 4, 5), 0);
  EXPECT_THAT(read("/dev/a", 9, 4), ElementsAre(0, 5, 5, 0));
  EXPECT_THAT(read("/dev/b", 19, 4), ElementsAre(0, 5, 5, 0));
  EXPECT_THAT(read("/dev/mapper/x", 0, 4), ElementsAre(5, 5, 5, 5));
}

TEST_F(device_mapper_test, zero_and_error_targets) {
  ASSERT_EQ(create("x", {{0, 2, "zero", ""}, {2, 2, "error", ""}}), 0);
  EXPECT_EQ(write("/dev/mapper/x", 0, 2, 5), 0);
  EXPECT_THAT(read("/dev/mapper/x", 0, 2), ElementsAre(0, 0));
  EXPECT_EQ(write("/dev/mapper/x", 1, 2, 5), EIO);
  EXPECT_TRUE(read("/dev/mapper/x", 2, 1).empty());
}

TEST_F(device_mapper_test, stripes_take_turns_and_discards_go_to_each_of_them) {
  m_.add_disk("/dev/c", std::make_unique<memory_backing>(1000));
  ASSERT_EQ(create("x", {{0, 12, "striped", "3 2 /dev/a 10 /dev/b 20 /dev/c 30"}}), 0);
  EXPECT_EQ(write("/dev/mapper/x", 0, 12, 5), 0);
  EXPECT_THAT(read("/dev/a", 9, 6), ElementsAre(0, 5, 5, 5, 5, 0));
  EXPECT_THAT(read("/dev/b", 19, 6), ElementsAre(0, 5, 5, 5, 5, 0));
  EXPECT_THAT(read("/dev/mapper/x", 3, 6), ElementsAre(5, 5, 5, 5, 5, 5));
  const auto discarded = [&] {
    std::vector<sector> all;
    for (const auto& d : m_.disks()) all.push_back(d->counters().sectors_discarded);
    return all;
  };
  ASSERT_TRUE(perform(m_, *m_.find("x"), block_request::discard(1, 5)).ok());
  EXPECT_THAT(discarded(), ElementsAre(1, 2, 2));
  ASSERT_TRUE(perform(m_, *m_.find("x"), block_request::discard(5, 4)).ok());
  EXPECT_THAT(discarded(), ElementsAre(3, 3, 3));
}

TEST_F(device_mapper_test, failing_stripes_are_told_and_count_as_events) {
  ASSERT_EQ(create("e", {{0, 10, "error", ""}}), 0);
  ASSERT_EQ(create("x", {{0, 8, "striped", "2 2 /dev/a 0 /dev/mapper/e 0"}}), 0);
  const auto status = [&] { return m_.report("x", status_kind::info)->front().text; };
  const auto healthy = status();
  EXPECT_TRUE(healthy.ends_with(" 1 AA")) << healthy;
  EXPECT_EQ(write("/dev/mapper/x", 0, 8, 5), EIO);
  EXPECT_TRUE(status().ends_with(" 1 AD")) << status();
  EXPECT_EQ(m_.info("x")->event_number, 2U) << "one for each piece that failed";
}

TEST_F(device_mapper_test, flakey_fails_by_the_clock_from_when_its_table_is_loaded) {
  m_.loop().advance(500'000'000);
  ASSERT_EQ(create("x", {{0, 8, "flakey", "/dev/a 0 2 3"}}), 0);
  const auto works_after = [&](virtual_time delay) {
    m_.loop().advance(delay);
    return write("/dev/mapper/x", 0, 1, 1) == 0;
  };
  EXPECT_TRUE(works_after(2 * one_second - 1));
  EXPECT_FALSE(works_after(1));
  EXPECT_FALSE(works_after(3 * one_second - 1));
  EXPECT_TRUE(works_after(1));
}

TEST_F(device_mapper_test, flakey_changes_the_byte_of_a_request_that_it_is_told) {
  ASSERT_EQ(write("/dev/a", 10, 4, 7), 0);
  ASSERT_EQ(create("low", {{0, 100, "linear", "/dev/a 10"}}), 0);
  ASSERT_EQ(create("x", {{0, 4, "flakey", "/dev/mapper/low 0 0 1 5 corrupt_bio_byte 1025 r 99 0"}}),
            0);
  // What differs from what is there.
  const auto changed = [&](sector first, sector count) {
    std::vector<std::size_t> at;
    const content_sink sink = [&](sector offset, sector n, const content& what) {
      byte_buffer bytes(n * sector_bytes), stored(bytes);
      what.copy_to(bytes);
      content::stamped(7, 10 + first + offset).copy_to(stored);
      for (std::size_t i = 0; i < bytes.size(); ++i)
        if (bytes[i] != stored[i]) at.push_back(offset * sector_bytes + i);
    };
    EXPECT_TRUE(perform(m_, *m_.find("x"), block_request::read(first, count, &sink)).ok());
    return at;
  };
  EXPECT_THAT(changed(0, 4), ElementsAre(1024));
  EXPECT_THAT(changed(1, 3), ElementsAre(1024)) << "counted from where the request begins";
  EXPECT_THAT(changed(1, 2), testing::IsEmpty()) << "it has no such byte";
  EXPECT_THAT(read("/dev/a", 10, 4), ElementsAre(7, 7, 7, 7));
}

TEST_F(device_mapper_test, delayed_requests_go_on_in_time_or_at_once_when_suspended) {
  ASSERT_EQ(create("x", {{0, 8, "delay", "/dev/a 0 50 /dev/b 0 20"}}), 0);
  std::vector<std::pair<char, virtual_time>> ended;
  const auto ask = [&](char name, const block_request& request) {
    start(*m_.find("x"), request,
          [&ended, name, this](pdata::status) { ended.emplace_back(name, m_.loop().now()); });
  };
  const auto status = [&] { return m_.report("x", status_kind::info)->front().text; };
  ask('r', block_request::read(0, 1));
  ask('w', block_request::write(0, 1, content::stamped(1, 0)));
  EXPECT_EQ(status(), "1 1 0");
  m_.loop().advance(one_second);
  using entry = std::pair<char, virtual_time>;
  EXPECT_THAT(ended, ElementsAre(entry('w', 20'000'000), entry('r', 50'000'000)));
  EXPECT_EQ(status(), "0 0 0");
  ask('r', block_request::read(0, 1));
  ask('w', block_request::write(0, 1, content::stamped(1, 0)));
  ASSERT_TRUE(m_.suspend("x").ok());
  EXPECT_THAT(ended, testing::SizeIs(4));
  EXPECT_EQ(ended.back(), entry('w', one_second));
}

TEST_F(device_mapper_test, refuses_wrong_tables_and_leaves_nothing) {
  EXPECT_EQ(create("x", {{5, 10, "error", ""}}), EINVAL);
  EXPECT_EQ(create("x", {{0, 0, "error", ""}}), EINVAL);
  EXPECT_EQ(create("x", {{0, 10, "error", ""}, {11, 1, "error", ""}}), EINVAL);
  EXPECT_EQ(create("x", {{0, 10, "nonsense", ""}}), EINVAL);
  EXPECT_EQ(create("x", {{0, 10, "linear", "/dev/c 0"}}), ENODEV);
  EXPECT_EQ(create("x", {{0, 10, "linear", "/dev/a 991"}}), EINVAL);
  EXPECT_EQ(create("x", {{0, 10, "linear", "/dev/a"}}), EINVAL);
  EXPECT_TRUE(m_.names().empty());
  EXPECT_EQ(m_.find_device("/dev/a")->open_count(), 0U);
}

TEST_F(device_mapper_test, a_device_in_use_is_not_removed) {
  ASSERT_EQ(create("low", {{0, 100, "linear", "/dev/a 0"}}), 0);
  ASSERT_EQ(create("high", {{0, 10, "linear", "/dev/mapper/low 0"}}), 0);
  EXPECT_EQ(m_.info("low")->open_count, 1U);
  EXPECT_EQ(m_.remove("low").errno_value(), EBUSY);
  EXPECT_EQ(m_.remove("high").errno_value(), 0);
  EXPECT_EQ(m_.remove("low").errno_value(), 0);
  EXPECT_EQ(m_.remove("low").errno_value(), ENXIO);
}

TEST_F(device_mapper_test, a_table_takes_effect_at_the_next_resume) {
  ASSERT_EQ(create("x", {{0, 10, "linear", "/dev/a 0"}}), 0);
  const table_line line{0, 20, "linear", "/dev/b 0"};
  ASSERT_TRUE(m_.load("x", std::span(&line, 1)).ok());
  EXPECT_TRUE(m_.info("x")->has_inactive);
  write("/dev/mapper/x", 0, 1, 1);
  EXPECT_THAT(read("/dev/a", 0, 1), ElementsAre(1));
  ASSERT_TRUE(m_.resume("x").ok());
  EXPECT_EQ(m_.find("x")->size(), 20U);
  write("/dev/mapper/x", 0, 1, 2);
  EXPECT_THAT(read("/dev/b", 0, 1), ElementsAre(2));
  EXPECT_EQ(m_.find_device("/dev/a")->open_count(), 0U);
}

TEST_F(device_mapper_test, requests_wait_for_the_resume) {
  ASSERT_EQ(create("x", {{0, 10, "linear", "/dev/a 0"}}), 0);
  ASSERT_TRUE(m_.suspend("x").ok());
  bool done = false;
  start(*m_.find("x"), block_request::write(0, 1, content::stamped(1, 0)),
        [&](pdata::status) { done = true; });
  m_.loop().advance(10 * one_second);
  EXPECT_FALSE(done);
  EXPECT_THROW(write("/dev/mapper/x", 1, 1, 1), pdata::error);
  ASSERT_TRUE(m_.resume("x").ok());
  EXPECT_TRUE(done);
}

TEST(machine, requests_that_wait_fail_when_it_ends) {
  int outcome = 0;
  {
    machine m;
    m.add_disk("/dev/a", std::make_unique<memory_backing>(1000));
    const table_line line{0, 10, "linear", "/dev/a 0"};
    ASSERT_TRUE(m.create("x", std::span(&line, 1)).ok());
    ASSERT_TRUE(m.suspend("x").ok());
    start(*m.find("x"), block_request::write(0, 1, content()),
          [&](pdata::status r) { outcome = r.errno_value(); });
  }
  EXPECT_EQ(outcome, EIO);
}

TEST_F(device_mapper_test, flushes_and_discards_reach_the_disks_below) {
  ASSERT_EQ(create("x", {{0, 10, "linear", "/dev/a 5"}}), 0);
  const auto& below = *m_.disks()[0];
  perform(m_, *m_.find("x"), block_request::flush()).ignore();
  perform(m_, *m_.find("x"), block_request::discard(0, 4)).ignore();
  EXPECT_EQ(below.counters().flushes, 1U);
  EXPECT_EQ(below.counters().sectors_discarded, 4U);
}

TEST_F(device_mapper_test, disks_have_the_number_of_their_name) {
  EXPECT_EQ(to_string(m_.add_disk("/dev/vdc", std::make_unique<memory_backing>(8)).number()),
            "254:32");
  EXPECT_EQ(to_string(m_.add_disk("/dev/vdaa", std::make_unique<memory_backing>(8)).number()),
            "254:416");
  EXPECT_EQ(to_string(m_.find_device("/dev/b")->number()), "254:16");
}

TEST(event_loop, runs_what_is_due_in_its_order) {
  event_loop loop;
  std::vector<int> ran;
  timer late(loop, [&] { ran.push_back(2); });
  timer early(loop, [&] { ran.push_back(1); });
  timer cancelled(loop, [&] { ran.push_back(9); });
  late.start(20);
  early.start(10);
  cancelled.start(5);
  cancelled.cancel();
  loop.advance_to(15);
  EXPECT_THAT(ran, ElementsAre(1));
  EXPECT_EQ(loop.now(), 15U);
  loop.advance_to(20);
  EXPECT_THAT(ran, ElementsAre(1, 2));
}

TEST(event_loop, work_runs_again_when_it_is_queued_while_it_runs) {
  event_loop loop;
  int runs = 0;
  work_item item(loop, [&] {
    const int before = ++runs;
    if (before < 3) {
      item.queue();
      loop.run();  // not inside itself
      EXPECT_EQ(runs, before);
    }
  });
  item.queue();
  loop.run();
  EXPECT_EQ(runs, 3);
}

// How often a disk below a joined table is flushed: by a flush, and by a write that asks for one.
std::pair<std::uint64_t, std::uint64_t> flushes_of(kernel_version kernel) {
  pool_settings settings;
  settings.kernel = kernel;
  machine m(settings);
  disk& below = m.add_disk("/dev/a", std::make_unique<memory_backing>(1000));
  const std::vector<table_line> lines{{0, 10, "linear", "/dev/a 0"},
                                      {10, 10, "linear", "/dev/a 500"}};
  EXPECT_TRUE(m.create("joined", lines).ok());
  device& on = *m.find("joined");
  EXPECT_TRUE(perform(m, on, block_request::flush()).ok());
  const auto after_flush = below.counters().flushes;
  auto write = block_request::write(0, 1, content::stamped(1, 0));
  write.preflush = true;
  EXPECT_TRUE(perform(m, on, write).ok());
  return {after_flush, below.counters().flushes - after_flush};
}

TEST(kernel_rules_of_device_mapper, flushes_of_joined_linear_targets) {
  EXPECT_EQ(flushes_of(kernel_version::linux_6_1), (std::pair<std::uint64_t, std::uint64_t>(2, 2)));
  EXPECT_EQ(flushes_of(kernel_version::linux_6_12),
            (std::pair<std::uint64_t, std::uint64_t>(1, 1)));
  EXPECT_EQ(flushes_of(kernel_version::linux_7_3), (std::pair<std::uint64_t, std::uint64_t>(1, 1)));
}

// Where data land that ask for a flush first, on a striped device over one disk: the sector of
// /dev/a.
std::optional<sector> place_of_flushed_data(kernel_version kernel) {
  pool_settings settings;
  settings.kernel = kernel;
  machine m(settings);
  m.add_disk("/dev/a", std::make_unique<memory_backing>(1000));
  const table_line line{0, 16, "striped", "2 4 /dev/a 100 /dev/a 200"};
  EXPECT_TRUE(m.create("x", std::span(&line, 1)).ok());
  auto write = block_request::write(5, 1, content::stamped(7, 5));
  write.preflush = true;
  EXPECT_TRUE(perform(m, *m.find("x"), write).ok());
  std::optional<sector> found;
  const content_sink sink = [&](sector offset, sector, const content& what) {
    if (what.seed() == 7) found = offset;
  };
  EXPECT_TRUE(perform(m, *m.find_device("/dev/a"), block_request::read(0, 1000, &sink)).ok());
  return found;
}

TEST(kernel_rules_of_device_mapper, newer_kernels_misplace_flushed_data_of_stripes_on_one_disk) {
  EXPECT_EQ(place_of_flushed_data(kernel_version::linux_6_1), 201U);
  EXPECT_EQ(place_of_flushed_data(kernel_version::linux_6_12), 201U);
  EXPECT_EQ(place_of_flushed_data(kernel_version::linux_7_2), 5U);
}

TEST(circular_tables, end_the_first_request_and_nothing_else) {
  machine m;
  m.add_disk("/dev/a", std::make_unique<memory_backing>(1000));
  const table_line over_disk{0, 10, "linear", "/dev/a 0"};
  const table_line over_x{0, 10, "linear", "/dev/mapper/x 0"};
  const table_line over_y{0, 10, "linear", "/dev/mapper/y 0"};
  ASSERT_TRUE(m.create("x", std::span(&over_disk, 1)).ok());
  ASSERT_TRUE(m.create("y", std::span(&over_x, 1)).ok());
  ASSERT_TRUE(m.load("x", std::span(&over_y, 1)).ok());
  ASSERT_TRUE(m.resume("x").ok());
  EXPECT_THROW(perform(m, *m.find("y"), block_request::read(0, 1)).ignore(), pdata::error);
  EXPECT_EQ(m.remove("x").errno_value(), EBUSY);
}

}  // namespace
}  // namespace sim
