#include "sim/disk/disk_spec.h"

#include <gtest/gtest.h>

#include "persistent-data/base/error.h"
#include "sim/disk/disk.h"

namespace sim {
namespace {

TEST(disk_spec_test, limits_stand_behind_the_place) {
  const auto spec = parse_disk_spec("mem:2g,logical=4096,discard=32k,discard-max=1MiB");
  EXPECT_EQ(spec.where, "mem:2g");
  EXPECT_EQ(spec.options.logical_block, 8U);
  EXPECT_EQ(spec.options.discard_granularity, 64U);
  EXPECT_EQ(spec.options.max_discard, 2048U);
  EXPECT_EQ(parse_disk_spec("mem:2g,discard=none").options.max_discard, 0U);
}

TEST(disk_spec_test, a_comma_may_be_part_of_a_name) {
  EXPECT_EQ(parse_disk_spec("a,b").where, "a,b");
  EXPECT_EQ(parse_disk_spec("a,b=c").where, "a,b=c");
  EXPECT_EQ(parse_disk_spec("a,b,rotational=no").where, "a,b");
}

TEST(disk_spec_test, refuses_limits_that_no_disk_has) {
  for (const auto* wrong :
       {"mem:1m,logical=4097", "mem:1m,logical=8192", "mem:1m,logical=0", "mem:1m,physical=3k",
        "mem:1m,logical=4096,physical=512", "mem:1m,discard=0", "mem:1m,discard=x",
        "mem:1m,logical=4096,discard=512", "mem:1m,discarded=maybe", "mem:1m,max-io=512",
        "mem:1m,discard-max=9999g", "mem:1m,write-cache=yes"})
    EXPECT_THROW(parse_disk_spec(wrong), pdata::error) << wrong;
}

TEST(disk_spec_test, whole_granules_are_zero_after_a_discard_if_the_disk_says_so) {
  for (const bool zeroed : {false, true}) {
    const auto spec = parse_disk_spec(zeroed ? "mem:64k,discard=4k,discarded=zeroed" : "mem:64k");
    disk on("/dev/a", {254, 0}, open_disk(spec), spec.options);
    const auto run = [&](io_op op, sector first, sector count, const content_sink* sink) {
      bio request;
      request.op = op;
      request.first = first;
      request.count = count;
      request.payload = content::stamped(1, first);
      request.sink = sink;
      request.end_io = [](bio&) {};
      submit(on, request);
    };
    run(io_op::write, 0, 32, nullptr);
    run(io_op::discard, 4, 22, nullptr);
    std::string held(32, '?');
    const content_sink sink = [&](sector at, sector count, const content& what) {
      for (sector n = 0; n < count; ++n) held[at + n] = what.is_zero() ? '0' : '1';
    };
    run(io_op::read, 0, 32, &sink);
    EXPECT_EQ(held, zeroed ? std::string(8, '1') + std::string(16, '0') + std::string(8, '1')
                           : std::string(32, '1'));
  }
}

}  // namespace
}  // namespace sim
