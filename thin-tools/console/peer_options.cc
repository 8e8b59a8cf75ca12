#include "thin-tools/console/peer_options.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace thin_tools {

void check_peer_options(const command_line& line) {
  constexpr std::array<std::string_view, 4> engines{"sync", "async", "io_uring", "spindle"};
  for (const auto& engine : line.values(io_engine_row.name))
    if (std::ranges::find(engines, engine) == engines.end())
      throw invalid_value(io_engine_row.name, engine, "sync, async, io_uring or spindle");
}

}  // namespace thin_tools
