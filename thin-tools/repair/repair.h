// The whole repair, from top to bottom. The short way: superblock and trees are sound, and
// the plan is what they say. The long way reads every block of the device and uses what it
// finds.
#pragma once

#include <string>

#include "thin-tools/repair/input/corrected_device.h"
#include "thin-tools/repair/output/repair_plan.h"
#include "thin-tools/repair/pool_view.h"

namespace thin_tools {

// Reads the metadata and decides. Throws error where nothing can be recovered,
// or a value is needed that only the user knows; `name` is the input's. `corrected`: the device
// that the reader reads, if it can be told which blocks are not to be believed.
repair_plan make_repair_plan(pdata::batch_reader& reader, const std::string& name,
                             const repair_options& options, corrected_device* corrected = nullptr);

}  // namespace thin_tools
