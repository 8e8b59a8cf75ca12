// A pool written to an output device, once it is known to fit.
#pragma once

#include "persistent-data/io/file_device.h"
#include "persistent-data/stream/pool_builder.h"
#include "persistent-data/stream/stream_spool.h"

namespace thin_tools {

// How to build the pool, rehearsed and proven to fit: throws error if it does
// not. `share`: leaves that are the same in several devices are written once, in
// the way that makes the pool smallest.
// So they are where the output were too small otherwise: metadata with
// snapshots that was dumped without defs may have grown out of its device.
pdata::pool_build_options plan_pool(const pdata::stream_spool& pool,
                                    const pdata::file_device& output, bool share);

// Builds it. Throws error if writing fails; it says that the output holds no
// metadata any more.
void write_pool(const pdata::stream_spool& pool, pdata::file_device& output,
                pdata::pool_build_options how);

}  // namespace thin_tools
