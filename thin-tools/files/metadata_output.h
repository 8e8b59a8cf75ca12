// A pool written to an output device, once it is known to fit.
#pragma once

#include <functional>

#include "persistent-data/io/file_device.h"
#include "persistent-data/stream/pool_builder.h"
#include "persistent-data/stream/stream_spool.h"

namespace thin_tools {

inline constexpr const char* needs_check_remark =
    "needs_check was set: the new metadata has exact counts, and is without the flag";

// How to build the pool, rehearsed and proven to fit: throws error if it does
// not. `share`: leaves that are the same in several devices are written once, in
// the way that makes the pool smallest.
// So they are where the output were too small otherwise: metadata with
// snapshots that was dumped without defs may have grown out of its device.
pdata::pool_build_options plan_pool(const pdata::stream_spool& pool,
                                    const pdata::file_device& output, bool share);

// Calls `write`, which makes new metadata of the output. Where that throws, the error
// is thrown on with what the output holds now, which is looked at.
void make_metadata(pdata::file_device& output, const std::function<void()>& write);

// Builds it, in the same way. The counts of the new metadata are exact: a flag that they
// need to be checked is left out. Returns whether the pool had it.
[[nodiscard]] bool write_pool(const pdata::stream_spool& pool, pdata::file_device& output,
                              pdata::pool_build_options how);

}  // namespace thin_tools
