// What a repair makes of an image: the plan, and the pool that it writes.
#pragma once

#include <gtest/gtest.h>

#include "tests/unit/support/pool_image.h"
#include "thin-tools/check/check.h"
#include "thin-tools/repair/output/plan_writer.h"
#include "thin-tools/repair/repair.h"

namespace thin_tools {

struct repaired_pool {
  repair_plan plan;
  test_support::pool_image result;
};

// The result is healthy, or the test fails.
inline repaired_pool repair(pdata::memory_device& image) {
  pdata::batch_reader reader(image, 1);
  auto plan = make_repair_plan(reader, "image", {});
  pdata::memory_device result(image.nr_blocks());
  write_plan(plan, reader, result);
  EXPECT_EQ(check(result, "result", {}).outcome(), verdict::healthy);
  return {std::move(plan), test_support::read_pool_image(result)};
}

}  // namespace thin_tools
