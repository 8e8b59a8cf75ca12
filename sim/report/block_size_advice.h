// What data block sizes cost, side by side in bytes, and which trade is which.
#pragma once

#include <string>

#include "sim/report/sweep.h"
#include "thin-tools/page/html_table.h"

namespace sim::report {

// A line for each variant: space, copying, zeroing, metadata and how data lies.
thin_tools::page::html_table bytes_of(const json_input& document);

// The variant that is best at each of them, and what the step from the smallest to the
// largest block costs and saves, from the figures alone. "" with fewer than two reports.
std::string advice_text(const json_input& document);

}  // namespace sim::report
