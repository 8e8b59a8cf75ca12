// Random sequences of pool operations against a plain model, with the reference
// counts recomputed from the trees after each commit; interrupted by failing
// devices and losses of power; and on damaged metadata.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <random>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/format/checksum.h"
#include "tests/unit/support/fault_device.h"
#include "tests/unit/support/image.h"
#include "tests/unit/support/pool_script.h"
#include "tests/unit/support/power_loss_device.h"

namespace test_support {

using namespace pdata;

void showValue(const pool_step& step, std::ostream& os) {
  os << "{op " << static_cast<int>(step.op) << ", device " << step.device << ", begin "
     << step.begin << ", length " << step.length << ", number " << step.number << "}";
}

namespace {

rc::Gen<pool_step> any_step() {
  return rc::gen::build<pool_step>(
      rc::gen::set(&pool_step::op,
                   rc::gen::weightedOneOf<pool_op>({
                       {3, rc::gen::map(rc::gen::inRange(0, nr_pool_ops),
                                        [](int op) { return static_cast<pool_op>(op); })},
                       {2, rc::gen::element(pool_op::write_ascending, pool_op::write_descending,
                                            pool_op::write_scattered, pool_op::remove_range,
                                            pool_op::create_snap)},
                       {1, rc::gen::just(pool_op::commit)},
                   })),
      rc::gen::set(&pool_step::device,
                   rc::gen::cast<device_id>(rc::gen::inRange<std::uint64_t>(0, 8))),
      rc::gen::set(&pool_step::begin, rc::gen::inRange<std::uint64_t>(0, 3000)),
      rc::gen::set(&pool_step::length, rc::gen::inRange<std::uint64_t>(0, 900)),
      rc::gen::set(&pool_step::number, rc::gen::arbitrary<std::uint32_t>()));
}

struct scenario {
  std::uint64_t nr_metadata_blocks = 0;
  std::uint64_t nr_data_blocks = 0;
  std::vector<pool_step> steps;
};

scenario any_scenario(std::size_t max_steps) {
  scenario s;
  // Small enough to run out of both kinds of space, and large enough for more
  // data bitmaps than the index cache holds.
  s.nr_metadata_blocks = *rc::gen::inRange<std::uint64_t>(150, 700);
  s.nr_data_blocks = *rc::gen::element<std::uint64_t>(900, 20000, 1200000);
  const auto nr_steps = *rc::gen::inRange<std::size_t>(1, max_steps);
  s.steps = *rc::gen::container<std::vector<pool_step>>(nr_steps, any_step());
  s.steps.insert(s.steps.begin(), {pool_op::create_thin, 0, 0, 0, 0});
  return s;
}

void assert_sound(const memory_device& device, const pool_model& model) {
  const auto fault = find_fault(read_pool_image(device), model);
  RC_ASSERT(fault.value_or("") == "");
}

std::vector<pool_step> random_steps(std::uint64_t seed, std::size_t count) {
  std::mt19937_64 random(seed);
  std::vector<pool_step> steps{{pool_op::create_thin, 0, 0, 0, 0}};
  while (steps.size() < count)
    steps.push_back({static_cast<pool_op>(random() % nr_pool_ops), random() % 8, random() % 3000,
                     random() % 900, random() % 100000});
  return steps;
}

TEST(pool_property, agrees_with_the_model) {
  EXPECT_TRUE(rc::check("every commit is sound and holds what was done", [] {
    const scenario s = any_scenario(60);
    memory_device device(s.nr_metadata_blocks);
    pool_script script(device, s.nr_data_blocks);
    script.on_grow_metadata(
        [&device](std::uint64_t extra) { device.resize(device.nr_blocks() + extra); });
    for (const pool_step& step : s.steps) {
      const status outcome = script.run(step);
      RC_ASSERT(outcome.errno_value() != EILSEQ);
      RC_ASSERT(script.find_difference().value_or("") == "");
      if (script.is_committed()) assert_sound(device, script.model());
    }
    RC_TAG(script.model().devices.size());
  }));
}

TEST(pool_property, a_failed_operation_of_the_device_loses_nothing_committed) {
  EXPECT_TRUE(rc::check("every I/O of a commit fails in turn", [] {
    const scenario s = any_scenario(25);
    memory_device device(s.nr_metadata_blocks);
    bool more = true;
    for (std::uint64_t n = 0; more; ++n) {
      device = memory_device(s.nr_metadata_blocks);
      fault_device faulty(device);
      pool_script script(faulty, s.nr_data_blocks);
      for (const pool_step& step : s.steps) script.run(step).ignore();
      const pool_model before = script.committed();
      const pool_model after = script.model();
      faulty.fail_after(n);
      const status outcome = script.run({pool_op::commit, 0, 0, 0, 0});
      faulty.never_fail();
      more = faulty.has_failed();
      RC_ASSERT(outcome.ok() == !more);
      // EINVAL where a second try found the count of the block taken already.
      if (more) RC_ASSERT(outcome.errno_value() == EIO || outcome.errno_value() == EINVAL);
      // The flush behind the superblock may be what failed: then it is written.
      const pool_image image = read_pool_image(device);
      RC_ASSERT(!find_fault(image, before) || !find_fault(image, after));
      if (!more) RC_ASSERT(!find_fault(image, after));
    }
  }));
}

TEST(pool_property, a_failed_read_changes_nothing_committed) {
  EXPECT_TRUE(rc::check("reads fail after a new start", [] {
    const scenario s = any_scenario(25);
    memory_device device(s.nr_metadata_blocks);
    fault_device faulty(device);
    pool_script script(faulty, s.nr_data_blocks);
    for (const pool_step& step : s.steps) script.run(step).ignore();
    RC_PRE(script.run({pool_op::reopen, 0, 0, 0, 0}).ok());
    const pool_model committed = script.committed();
    const pool_step step = *any_step();
    // These open the pool; one that cannot be opened ends the script.
    RC_PRE(step.op != pool_op::reopen && step.op != pool_op::abort);
    faulty.fail_after(*rc::gen::inRange<std::uint64_t>(0, 12));
    script.run(step).ignore();
    faulty.never_fail();
    if (script.is_committed()) return assert_sound(device, script.model());
    assert_sound(device, committed);
  }));
}

TEST(pool_property, a_loss_of_power_leaves_the_last_commit) {
  EXPECT_TRUE(rc::check("what was not flushed may be there or not", [] {
    const scenario s = any_scenario(30);
    power_loss_device device(s.nr_metadata_blocks);
    pool_script script(device, s.nr_data_blocks);
    bool sound = true;
    device.on_flush([&](const memory_device& left) {  // in the middle of a commit
      const pool_image image = read_pool_image(left);
      sound =
          sound && (!find_fault(image, script.committed()) || !find_fault(image, script.model()));
    });
    for (const pool_step& step : s.steps) {
      script.run(step).ignore();
      RC_ASSERT(sound);
      const memory_device left = device.after_power_loss(*rc::gen::arbitrary<std::uint64_t>());
      assert_sound(left, script.committed());
    }
  }));
}

TEST(pool_property, damaged_metadata_is_refused_or_used_but_never_crashes) {
  const auto seeds = 400U;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    memory_device device(500);
    {
      pool_script script(device, 20000);
      for (const pool_step& step : random_steps(seed / 8, 30)) script.run(step).ignore();
      script.run({pool_op::commit, 0, 0, 0, 0}).ignore();
    }
    // Words of live blocks get values that look like something; checksums are
    // made right again.
    for (unsigned i = 0; i < 1 + random() % 6; ++i) {
      const metadata_block location = random() % device.nr_blocks();
      block_buffer& block = device.at(location);
      const auto kind = identify(block.view());
      if (!kind || location == superblock_location) continue;
      const std::size_t at = 4 * to_size(random() % 40);
      store_le<std::uint32_t>(block.span(), at,
                              static_cast<std::uint32_t>(random() >> random() % 64));
      if (random() % 4 == 0)
        block.bytes = device.at(random() % device.nr_blocks()).bytes;  // entangled nodes
      seal(block.span(), *kind, location);
    }
    auto opened = pool_metadata::open(device, {.data_block_size = 128});
    if (!opened.ok()) continue;
    pool_metadata& pool = **opened;
    for (unsigned i = 0; i < 60; ++i) {
      const device_id id = random() % 8;
      const auto found = pool.open_device(id);
      thin_device* const thin = found.ok() ? *found : nullptr;
      const std::uint64_t block = random() % 4000;
      switch (random() % 10) {
        case 0:
          pool.create_thin(id).ignore();
          break;
        case 1:
          pool.create_snap(id, random() % 8).ignore();
          break;
        case 2:
          pool.commit().ignore();
          break;
        case 3:
          pool.reserve_metadata_snapshot().ignore();
          break;
        case 4:
          pool.release_metadata_snapshot().ignore();
          break;
        case 5:
          pool.inc_data_range(block, block + 5).ignore();
          break;
        case 6:
          if (thin != nullptr) pool.remove_range(thin, block, block + random() % 2000).ignore();
          break;
        case 7:
          if (thin != nullptr) static_cast<void>(pool.find_mapped_range(thin, block, 4000));
          if (thin != nullptr) static_cast<void>(pool.highest_mapped(thin));
          break;
        default:
          for (unsigned n = 0; thin != nullptr && n < 40; ++n) {
            const auto data = pool.alloc_data_block();
            if (data.ok()) pool.insert_block(thin, block + n, *data).ignore();
          }
      }
      if (thin != nullptr) pool.close_device(thin);
      if (random() % 5 == 0) pool.delete_device(random() % 8).ignore();
    }
  }
}

// The last, failing step of the removal merges the two leaves, so the root is
// left with one child; the snapshot then shares it before it moves up.
TEST(pool_property, a_shared_only_child_keeps_its_references) {
  memory_device device(500);
  pool_script script(device, 20000);
  for (const pool_step& step : std::vector<pool_step>{{pool_op::create_thin, 0, 0, 0, 0},
                                                      {pool_op::write_ascending, 0, 0, 300, 0},
                                                      {pool_op::remove_range, 0, 169, 131, 0},
                                                      {pool_op::commit, 0, 0, 0, 0},
                                                      {pool_op::create_snap, 1, 0, 0, 0},
                                                      {pool_op::remove_range, 0, 5, 1, 0},
                                                      {pool_op::commit, 0, 0, 0, 0}})
    ASSERT_TRUE(script.run(step).ok());
  EXPECT_EQ(find_fault(read_pool_image(device), script.model()).value_or(""), "");
}

TEST(pool_property, the_same_steps_leave_the_same_bytes) {
  std::string first;
  for (int run = 0; run < 2; ++run) {
    memory_device device(2000);
    pool_script script(device, 50000);
    for (const pool_step& step : random_steps(1, 80)) script.run(step).ignore();
    script.run({pool_op::commit, 0, 0, 0, 0}).ignore();
    const std::string sum = image_sha256(device);
    if (run == 0) first = sum;
    EXPECT_EQ(sum, first);
  }
}

}  // namespace
}  // namespace test_support
