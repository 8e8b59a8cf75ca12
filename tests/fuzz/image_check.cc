// thin_check with repair on a kernel-made image that the input changes
// (changed_image.h). It ends with a report or an error; what was repaired is sound,
// and metadata that lost something is left alone.
#include "persistent-data/base/error.h"
#include "tests/fuzz/changed_image.h"
#include "thin-tools/check/check.h"
#include "thin-tools/check/report_json.h"
#include "thin-tools/check/report_text.h"

using fuzz::demand;
using thin_tools::verdict;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  auto image = fuzz::make_image(std::as_bytes(std::span(bytes, size)));
  try {
    const auto report =
        thin_tools::check(image, "image", {.repair = thin_tools::repair_scope::leaks_and_flag});
    demand(!thin_tools::report_text(report, "image").empty());
    demand(!thin_tools::report_json(report, "image").empty());
    demand(report.nr_fatal == 0 || image.nr_writes == 0);
    demand((report.outcome() == verdict::healthy) == report.findings.empty());
    if (image.nr_writes != 0)
      demand(thin_tools::check(image, "image", {}).outcome() <= verdict::tolerable);
  } catch (const pdata::error&) {
    // Nothing that can be checked, or a repair that is refused.
  }
  return 0;
}
