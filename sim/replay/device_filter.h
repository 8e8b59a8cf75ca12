// A trace without the devices that nobody asked for.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "sim/replay/replay_settings.h"
#include "sim/trace/trace_reader.h"

namespace sim::replay {

// The reader of the settings' traces, of chosen devices alone if --only names some.
// Throws pdata::error; at the end also if the trace has no device of a chosen name.
std::unique_ptr<trace::trace_reader> open_replayed(const replay_settings& settings);

}  // namespace sim::replay
