// A repair plan as a stream of pool contents: what thin_dump --repair writes.
#pragma once

#include "persistent-data/stream/pool_reader.h"
#include "thin-tools/repair/repair_plan.h"

namespace thin_tools {

// The stream of the metadata that the plan would write, see stream_pool. Throws
// error where a leaf cannot be read again.
void stream_plan(repair_plan& plan, pdata::batch_reader& reader,
                 const pdata::stream_options& options, pdata::metadata_sink& to);

}  // namespace thin_tools
