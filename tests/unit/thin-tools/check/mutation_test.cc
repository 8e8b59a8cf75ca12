// Thousands of damaged images with valid checksums. Whatever they hold, the check
// ends with a report, and a repair never leaves anything worse.
#include <gtest/gtest.h>

#include "persistent-data/base/error.h"
#include "tests/unit/support/kernel_images.h"
#include "tests/unit/support/mutant.h"
#include "thin-tools/check/check.h"

namespace {

using namespace pdata;
using namespace test_support;
using thin_tools::check;
using thin_tools::check_report;
using thin_tools::repair_scope;
using thin_tools::verdict;

void judge_mutant(mutant_device& device) {
  check_report report;
  try {
    report = check(device, "mutant", {.repair = repair_scope::leaks_and_flag});
  } catch (const error&) {
    return;  // not usable at all, or its repair is refused: one line either way
  }
  EXPECT_EQ(report.outcome() == verdict::healthy, report.findings.empty());
  EXPECT_NE(report.outcome(), verdict::leaks);
  EXPECT_EQ(device.nr_writes != 0, report.counts_repaired || report.flag_cleared);
  if (report.nr_fatal != 0) {
    EXPECT_EQ(device.nr_writes, 0u);
  } else if (device.nr_writes != 0) {
    EXPECT_LE(check(device, "repaired", {}).outcome(), verdict::tolerable);
  }
}

TEST(mutated_images, never_defeat_the_check) {
  for_each_mutant({"metadata-full", "mixed-0", "metadata-snapshot", "snapshots", "shared-by-many"},
                  500, [](mutant_device& mutant, unsigned) { judge_mutant(mutant); });
}

}  // namespace
