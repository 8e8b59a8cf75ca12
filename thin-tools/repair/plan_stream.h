// A repair plan as a stream of pool contents: what thin_dump --repair writes.
#pragma once

#include "persistent-data/pool/pool_reader.h"
#include "thin-tools/repair/repair_plan.h"

namespace thin_tools {

// Of the options `devices` and `skip_mappings` count. What devices share is
// delivered to each of them.
void stream_plan(repair_plan& plan, pdata::batch_reader& reader,
                 const pdata::stream_options& options, pdata::metadata_sink& to);

}  // namespace thin_tools
