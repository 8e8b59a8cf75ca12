// thin_repair of a kernel-made image that the input changes (changed_image.h). It
// ends with a refusal or with a result that thin_check finds nothing wrong in that
// would cost a mapping; the image itself stays as it is.
#include "persistent-data/base/error.h"
#include "persistent-data/io/memory_device.h"
#include "tests/fuzz/changed_image.h"
#include "thin-tools/check/check.h"
#include "thin-tools/repair/output/plan_writer.h"
#include "thin-tools/repair/output/repair_report.h"
#include "thin-tools/repair/repair.h"

using fuzz::demand;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  auto image = fuzz::make_image(std::as_bytes(std::span(bytes, size)));
  pdata::batch_reader reader(image, 1);
  pdata::memory_device result(image.nr_blocks());
  try {
    auto plan = thin_tools::make_repair_plan(reader, "image", {.data_block_size = 128});
    demand(!thin_tools::full_report(plan, "image").empty());
    demand(!thin_tools::report_json(plan, "image", "result").empty());
    if (thin_tools::blocks_needed(plan, reader, result.nr_blocks()) > result.nr_blocks()) return 0;
    thin_tools::write_plan(plan, reader, result);
  } catch (const pdata::error&) {
    return 0;  // nothing that can be recovered, or not without the user
  }
  demand(thin_tools::check(result, "result", {}).nr_fatal == 0);
  demand(image.nr_writes == 0);
  return 0;
}
