// What a report shows as one page for a browser.
#pragma once

#include <span>
#include <string>

#include "thin-tools/report/pool_picture.h"

namespace thin_tools::report {

// Of one pool, or of two side by side, of which the first is the earlier state. Lists are cut
// where they get long, and say so.
std::string to_html(std::span<const pool_picture> pools);

}  // namespace thin_tools::report
