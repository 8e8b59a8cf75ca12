#include "sim/disk/disk.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "persistent-data/base/error.h"
#include "sim/disk/disk_spec.h"

namespace sim {
namespace {

struct request : bio {
  request(io_op what, sector at, sector n) {
    op = what;
    first = at;
    count = n;
    end_io = [](bio&) {};
  }
};

int run(disk& on, bio&& request) {
  submit(on, request);
  return request.status;
}

int write(disk& on, sector first, sector count, const content& what, bool fua = false) {
  request r(io_op::write, first, count);
  r.payload = what;
  r.fua = fua;
  return run(on, std::move(r));
}

int flush(disk& on) {
  request r(io_op::write, 0, 0);
  r.preflush = true;
  return run(on, std::move(r));
}

// "4 seed1@0, 2 zero" for what the range holds.
std::string describe(disk& on, sector first, sector count) {
  std::string text;
  const content_sink sink = [&](sector, sector n, const content& what) {
    if (!text.empty()) text += ", ";
    text += std::to_string(n);
    if (what.is_zero())
      text += " zero";
    else if (what.what() == content::kind::stamp)
      text += " seed" + std::to_string(what.seed()) + "@" + std::to_string(what.stamped_sector());
    else
      text += " bytes";
  };
  request r(io_op::read, first, count);
  r.sink = &sink;
  EXPECT_EQ(run(on, std::move(r)), 0);
  return text;
}

class disk_test : public testing::Test {
 protected:
  disk on_{"/dev/a", {254, 0}, std::make_unique<memory_backing>(1000)};
};

TEST_F(disk_test, is_zero_where_nobody_wrote) { EXPECT_EQ(describe(on_, 0, 1000), "1000 zero"); }

TEST_F(disk_test, keeps_stamps_and_cuts_them) {
  EXPECT_EQ(write(on_, 10, 10, content::stamped(1, 10)), 0);
  EXPECT_EQ(write(on_, 14, 2, content::stamped(2, 14)), 0);
  EXPECT_EQ(describe(on_, 8, 14), "2 zero, 4 seed1@10, 2 seed2@14, 4 seed1@16, 2 zero");
}

TEST_F(disk_test, a_lost_cache_takes_what_was_not_flushed) {
  write(on_, 0, 4, content::stamped(1, 0));
  EXPECT_EQ(flush(on_), 0);
  write(on_, 0, 2, content::stamped(2, 0));
  write(on_, 2, 1, content::stamped(3, 2), true);
  EXPECT_EQ(describe(on_, 0, 4), "2 seed2@0, 1 seed3@2, 1 seed1@3");
  on_.power_off();
  EXPECT_EQ(describe(on_, 0, 4), "2 seed1@0, 1 seed3@2, 1 seed1@3");
}

TEST_F(disk_test, a_discard_keeps_the_contents) {
  write(on_, 0, 8, content::stamped(1, 0));
  flush(on_);
  EXPECT_EQ(run(on_, request(io_op::discard, 2, 4)), 0);
  EXPECT_EQ(describe(on_, 0, 8), "8 seed1@0");
}

TEST_F(disk_test, refuses_what_lies_behind_its_end) {
  EXPECT_EQ(write(on_, 999, 2, content()), EIO);
  EXPECT_EQ(run(on_, request(io_op::read, UINT64_MAX, 2)), EIO);
}

TEST_F(disk_test, the_chosen_requests_fail) {
  on_.faults().add({.kind = io_kind::write, .from_request = 2, .count = 1});
  on_.faults().add({.kind = io_kind::read, .first = 100, .end = 110, .errno_value = ENOSPC});
  EXPECT_EQ(write(on_, 0, 1, content::stamped(1, 0)), 0);
  EXPECT_EQ(write(on_, 0, 1, content::stamped(2, 0)), EIO);
  EXPECT_EQ(write(on_, 1, 1, content::stamped(3, 1)), 0);
  EXPECT_EQ(describe(on_, 0, 2), "1 seed1@0, 1 seed3@1");
  EXPECT_EQ(run(on_, request(io_op::read, 90, 10)), 0);
  EXPECT_EQ(run(on_, request(io_op::read, 105, 1)), ENOSPC);
}

TEST_F(disk_test, a_failed_flush_makes_nothing_durable) {
  write(on_, 0, 1, content::stamped(1, 0));
  on_.faults().add({.kind = io_kind::flush, .count = 1});
  EXPECT_EQ(flush(on_), EIO);
  on_.power_off();
  EXPECT_EQ(describe(on_, 0, 1), "1 zero");
}

TEST(disk_size, memory_follows_what_is_written) {
  constexpr sector hundred_tib = 100ULL << 31;
  auto memory = std::make_unique<memory_backing>(hundred_tib);
  const auto& backing = *memory;
  disk on("/dev/a", {254, 0}, std::move(memory));
  for (sector i = 0; i < 100; ++i)
    write(on, i * 1000, 1000, content::stamped(7, i * 1000));  // one run in the end
  write(on, hundred_tib - 8, 8, content::stamped(1, 0));
  flush(on);
  EXPECT_EQ(backing.nr_runs(), 2U);
  EXPECT_EQ(describe(on, hundred_tib - 10, 10), "2 zero, 8 seed1@0");
}

TEST(disk_bytes, are_kept_exactly_and_zeroes_for_nothing) {
  auto memory = std::make_unique<memory_backing>(100);
  const auto& backing = *memory;
  disk on("/dev/a", {254, 0}, std::move(memory));
  byte_buffer bytes(8 * sector_bytes);
  bytes[700] = std::byte{5};
  write(on, 0, 8, content::copy_of(bytes));
  flush(on);
  EXPECT_EQ(describe(on, 0, 8), "2 bytes, 6 zero");
  EXPECT_EQ(backing.nr_runs(), 1U);
}

class file_disk_test : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }
  std::string path_ = testing::TempDir() + "thin_sim_disk";
};

TEST_F(file_disk_test, what_was_written_is_in_the_file) {
  {
    disk on("/dev/a", {254, 0}, open_disk({path_ + ":64k", {}}));
    EXPECT_EQ(on.size(), 128U);
    write(on, 3, 2, content::stamped(9, 3));
  }
  disk again("/dev/a", {254, 0}, open_disk({path_, {}}));
  EXPECT_EQ(again.size(), 128U);
  EXPECT_EQ(describe(again, 0, 3), "3 zero");
  std::string kinds = describe(again, 3, 2);
  EXPECT_EQ(kinds, "2 bytes");
}

TEST(disk_specs, have_sizes_with_suffixes) {
  EXPECT_EQ(open_disk({"mem:8m", {}})->size(), 16384U);
  EXPECT_EQ(open_disk({"mem:100T", {}})->size(), 100ULL << 31);
  EXPECT_EQ(open_disk({"mem:17s", {}})->size(), 17U);
  EXPECT_EQ(open_disk({"mem:17", {}})->size(), 17U);
  for (const char* wrong : {"mem:", "mem:8x", "mem:100b", "mem:-1k", "mem:9223372036854775807k"})
    EXPECT_THROW(open_disk({wrong, {}}), pdata::error) << wrong;
  EXPECT_THROW(open_disk({"/nonexistent/disk", {}}), pdata::error);
}

}  // namespace
}  // namespace sim
