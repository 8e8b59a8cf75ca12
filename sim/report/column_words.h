// How the columns of a trace were taken, in words.
#pragma once

#include <string>

#include "sim/trace/trace_description.h"

namespace sim::report {

// "Offset: offset in bytes, ..."; "" for formats without columns.
std::string columns_text(const trace::trace_description& assumed);

}  // namespace sim::report
