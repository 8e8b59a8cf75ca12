// What a report shows as JSON: the numbers of the page, for programs.
#pragma once

#include <span>
#include <string>

#include "thin-tools/report/pool_picture.h"

namespace thin_tools::report {

// Of one pool, or of two of which the first is the earlier state.
std::string to_json(std::span<const pool_picture> pools);

}  // namespace thin_tools::report
