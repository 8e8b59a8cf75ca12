// What people give for a trace that is none, or that has to be unpacked or printed first.
#pragma once

#include <string_view>

#include "sim/trace/trace_format.h"

namespace sim::trace {

// "an archive of tar: ...", to stand behind "is"; empty if it is nothing of this kind.
std::string_view other_contents(const trace_head& head);

}  // namespace sim::trace
