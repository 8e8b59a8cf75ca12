// Each request to the metadata device failing in turn: the pool degrades as the
// kernel's does, and loses nothing that it has acknowledged.
#include <gmock/gmock.h>

#include "tests/unit/sim/thin/pool_fixture.h"

namespace sim {
namespace {

using testing::AnyOf;
using testing::Each;
using testing::HasSubstr;
using testing::StrEq;

constexpr sector thin_size = 64 * block;

// Writes the blocks 0, 3, 6, ... one after the other. Returns how many were
// acknowledged before the first that was not.
int write_until_failure(pool_machine& p, int writes) {
  for (int i = 0; i < writes; ++i) {
    const auto at = static_cast<sector>(i * 3 % 64) * block;
    if (p.write(0, at, block, static_cast<std::uint64_t>(i) + 1) != 0 || p.flush(0) != 0) return i;
  }
  return writes;
}

struct outcome {
  int acknowledged;
  std::string status;
};

// After the fault the machine loses its power, and begins again on what was
// durable.
outcome run_with_fault(const fault_plan::fault& fault, int writes) {
  auto first = std::make_unique<pool_machine>(256 * block);
  EXPECT_TRUE(first->create_thin(0, thin_size).ok());
  EXPECT_EQ(first->write(0, 0, thin_size, 1000), 0);
  EXPECT_EQ(first->flush(0), 0);
  EXPECT_TRUE(first->m.suspend("thin0").ok());
  EXPECT_TRUE(first->m.message("pool", 0, "create_snap 1 0").ok());
  EXPECT_TRUE(first->m.resume("thin0").ok());
  first->metadata.faults().add(fault);
  outcome seen{write_until_failure(*first, writes), ""};
  seen.status = first->pool_status();
  first->metadata.faults().clear();
  first->m.power_off();
  first->metadata.power_off();
  first->data.power_off();

  EXPECT_THAT(check_metadata(first->m, first->metadata).outcome(),
              AnyOf(thin_tools::verdict::healthy, thin_tools::verdict::tolerable))
      << "fault at " << fault.from_request;
  // A second machine on copies of the disks.
  pool_machine again(256 * block);
  EXPECT_TRUE(again.m.remove("pool").ok());
  for (const auto& [from, to] :
       {std::pair{&first->metadata, &again.metadata}, std::pair{&first->data, &again.data}}) {
    const content_sink copy = [&, target = to](sector offset, sector n, const content& what) {
      perform(again.m, *target, block_request::write(offset, n, what)).ignore();
    };
    EXPECT_TRUE(perform(first->m, *from, block_request::read(0, from->size(), &copy)).ok());
  }
  EXPECT_TRUE(again.create_pool(256 * block).ok());
  EXPECT_TRUE(again.open_thin(0, thin_size).ok());
  EXPECT_TRUE(again.open_thin(1, thin_size).ok());
  for (int i = 0; i < seen.acknowledged; ++i) {
    const auto at = static_cast<sector>(i * 3 % 64) * block;
    EXPECT_THAT(again.read(0, at, block), Each(static_cast<std::uint64_t>(i) + 1))
        << "fault at " << fault.from_request << ", block " << at / block;
  }
  EXPECT_THAT(again.read(1, 0, thin_size), Each(1000U));
  return seen;
}

TEST(pool_faults, each_write_of_the_metadata_may_fail) {
  constexpr int writes = 12;
  std::uint64_t n = 1;
  for (;; ++n) {
    const auto seen =
        run_with_fault({.kind = io_kind::write, .from_request = n, .count = 1}, writes);
    if (seen.acknowledged == writes) break;  // the fault lies behind the last write
    // One failure: the transaction is aborted, the flag set, and nothing is
    // written any more.
    EXPECT_THAT(seen.status, HasSubstr(" ro ")) << n;
    EXPECT_THAT(seen.status, HasSubstr(" needs_check ")) << n;
    ASSERT_LT(n, 1000U);
  }
  EXPECT_GT(n, 20U);
}

TEST(pool_faults, each_flush_of_the_metadata_may_fail) {
  constexpr int writes = 6;
  std::uint64_t n = 1;
  for (;; ++n) {
    const auto seen =
        run_with_fault({.kind = io_kind::flush, .from_request = n, .count = 1}, writes);
    if (seen.acknowledged == writes) break;
    EXPECT_THAT(seen.status, HasSubstr(" ro ")) << n;
    EXPECT_THAT(seen.status, HasSubstr(" needs_check ")) << n;
    ASSERT_LT(n, 1000U);
  }
  EXPECT_GT(n, 5U);
}

TEST(pool_faults, a_metadata_device_that_is_gone_fails_the_pool) {
  constexpr int writes = 6;
  for (std::uint64_t n = 1; n < 40; n += 3) {
    pool_machine p(256 * block);
    ASSERT_TRUE(p.create_thin(0, thin_size).ok());
    p.metadata.faults().add({.kind = {}, .from_request = n});
    if (write_until_failure(p, writes) == writes) break;
    EXPECT_THAT(p.pool_status(), AnyOf(StrEq("Fail"), HasSubstr(" ro "))) << n;
    EXPECT_EQ(p.write(0, thin_size - block, block, 5), EIO);
  }
}

TEST(pool_faults, a_data_device_that_fails_loses_no_metadata) {
  pool_machine p(256 * block);
  ASSERT_TRUE(p.create_thin(0, thin_size).ok());
  p.data.faults().add({.kind = io_kind::write, .from_request = 1, .count = 1});
  EXPECT_EQ(p.write(0, 0, 8, 1), EIO);  // the zeroing
  EXPECT_EQ(p.thin_status(0), "0 -");
  EXPECT_EQ(p.write(0, 0, 8, 1), 0);
  EXPECT_EQ(p.thin_status(0), "128 127");
  // The block of the first attempt stays counted, as on the kernel.
  EXPECT_THAT(p.pool_status(), HasSubstr(" 2/256 "));
}

TEST(pool_faults, a_failed_flush_of_the_data_fails_the_commit) {
  pool_machine p(256 * block);
  ASSERT_TRUE(p.create_thin(0, thin_size).ok());
  p.data.faults().add({.kind = io_kind::flush, .from_request = 1, .count = 1});
  EXPECT_EQ(p.write(0, 0, block, 1), EIO);
  EXPECT_THAT(p.pool_status(), HasSubstr(" ro "));
  EXPECT_THAT(p.pool_status(), HasSubstr(" needs_check "));
}

TEST(pool_faults, a_discard_that_cannot_read_the_metadata_ends_writing) {
  pool_machine p(256 * block, "1 no_discard_passdown");
  ASSERT_TRUE(p.create_thin(0, thin_size).ok());
  EXPECT_EQ(p.write(0, 0, block, 1), 0);
  ASSERT_TRUE(p.m.remove("thin0").ok());
  ASSERT_TRUE(p.m.remove("pool").ok());
  ASSERT_TRUE(p.create_pool(256 * block, "1 no_discard_passdown").ok());
  ASSERT_TRUE(p.open_thin(0, thin_size).ok());
  p.metadata.faults().add({.kind = io_kind::read, .from_request = 1, .count = 1});
  EXPECT_EQ(p.discard(0, 0, block), EIO);
  EXPECT_THAT(p.pool_status(), HasSubstr(" ro "));
  EXPECT_THAT(p.pool_status(), HasSubstr(" needs_check "));
}

TEST(pool_faults, what_needs_a_check_is_not_written_to_after_a_reload) {
  pool_machine p(256 * block);
  ASSERT_TRUE(p.create_thin(0, thin_size).ok());
  p.data.faults().add({.kind = io_kind::flush, .from_request = 1, .count = 1});
  EXPECT_EQ(p.write(0, 0, block, 1), EIO);
  ASSERT_TRUE(p.reload_pool(256 * block).ok());
  EXPECT_THAT(p.pool_status(), HasSubstr(" ro "));
  EXPECT_THAT(p.pool_status(), HasSubstr(" needs_check "));
}

TEST(pool_faults, a_copy_that_cannot_be_written_is_not_mapped) {
  pool_machine p(256 * block);
  ASSERT_TRUE(p.create_thin(0, thin_size).ok());
  EXPECT_EQ(p.write(0, 0, block, 1), 0);
  ASSERT_TRUE(p.m.suspend("thin0").ok());
  ASSERT_TRUE(p.m.message("pool", 0, "create_snap 1 0").ok());
  ASSERT_TRUE(p.m.resume("thin0").ok());
  p.data.faults().add({.kind = io_kind::write, .from_request = 1, .count = 1});
  EXPECT_EQ(p.write(0, 0, 8, 2), EIO);
  EXPECT_THAT(p.read(0, 0, block), Each(1U));
}

}  // namespace
}  // namespace sim
