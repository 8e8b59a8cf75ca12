// How the mappings of a volume lie on the data device.
#pragma once

#include "persistent-data/engine/pool.h"
#include "sim/report/replay_report.h"

namespace sim::replay {

// Adds the neighbours among the first `end` blocks of the volume to `found`.
void add_layout(pdata::pool_metadata& metadata, pdata::thin_device* thin, pdata::thin_block end,
                report::layout_point& found);

}  // namespace sim::replay
