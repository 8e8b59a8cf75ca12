// thin_check with repair on an image that the fuzzer makes. It ends with a report
// or an error; what was repaired is healthy, and fatal damage is left alone.
#include "persistent-data/base/error.h"
#include "persistent-data/base/require.h"
#include "tests/fuzz/sparse_image.h"
#include "thin-tools/check/check.h"
#include "thin-tools/check/report_json.h"
#include "thin-tools/check/report_text.h"

using thin_tools::repair_wish;
using thin_tools::verdict;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz::sparse_image image({reinterpret_cast<const std::byte*>(bytes), size});
  try {
    const auto report =
        thin_tools::check(image, "input", {.repair = repair_wish::leaks_and_flag});
    thin_tools::report_text(report, "input");
    thin_tools::report_json(report, "input");
    REQUIRE(report.nr_fatal == 0 || image.nr_writes == 0);
    REQUIRE((report.outcome() == verdict::healthy) == report.findings.empty());
    if (image.nr_writes != 0)
      REQUIRE(thin_tools::check(image, "input", {}).outcome() <= verdict::tolerable);
  } catch (const pdata::error&) {
    // Nothing that can be checked, or a repair that is refused.
  }
  return 0;
}
