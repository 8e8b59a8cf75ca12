// The records of all processors and devices in order of their time, as one file.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "persistent-data/io/spool_file.h"

namespace sim::record {

// Each spool holds records of blktrace version 1 or 2 of this machine's byte order, in order of
// time. Returns how many there are. Throws pdata::error where bytes are no record, and where the
// last one is cut off: nothing of a trace is left out in silence.
std::uint64_t merge_records(const std::vector<const pdata::spool_file*>& spools,
                            const std::function<void(std::span<const std::byte>)>& write);

}  // namespace sim::record
