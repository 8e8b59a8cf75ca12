// A scenario that shows a disagreement with as few requests as can be found.
#pragma once

#include <optional>
#include <string>

#include "sim/replay/replay_settings.h"
#include "sim/replay/request_runner.h"
#include "sim/replay/trace_survey.h"

namespace sim::replay {

// The text of the scenario. None if the trace cannot be read again, is too long
// to be searched, or agrees when it is replayed anew. Throws pdata::error.
std::optional<std::string> find_reproduction(const replay_settings& settings,
                                             const trace_survey* survey, const disagreement& wrong);

}  // namespace sim::replay
