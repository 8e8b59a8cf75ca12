// What is typed after '/': the place that it names.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "thin-tools/explore/pool_source.h"

namespace thin_tools::explore {

// The places on the way, the last one being meant: of a virtual block the nodes down to its
// leaf. Or why there are none, in a line.
using destination = std::variant<std::vector<place>, std::string>;

// N, dev:N or dev:NAME, DEV:BLOCK, DEV@BYTES, d:N, d@BYTES; help_page() explains. Numbers may have
// commas. Reads what it needs of the metadata.
destination find_destination(pool_source& pool, std::string_view text);

}  // namespace thin_tools::explore
