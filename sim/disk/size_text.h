// Sizes as thin_sim takes them everywhere: whole sectors of 512 bytes.
#pragma once

#include <optional>
#include <string_view>

#include "persistent-data/base/ids.h"

namespace sim {

// A number alone counts sectors, as in table lines. A letter is a unit as lvm(8)
// takes it on input, powers of 1024 in either case: b (bytes), s (sectors), k, m, g,
// t, p, e; KiB, MiB, ... are the same by IEC's names; kB, MB, GB, ... are powers of
// 1000. None: no such size, not whole sectors, or above 8 EiB - 1.
std::optional<pdata::sector> parse_sectors(std::string_view text);

}  // namespace sim
