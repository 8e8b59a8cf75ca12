#include "sim/replay/volume_layout.h"

namespace sim::replay {

void add_layout(pdata::pool_metadata& metadata, pdata::thin_device* thin, pdata::thin_block end,
                report::layout_point& found) {
  for (pdata::thin_block at = 0; at < end;) {
    const auto run = metadata.find_mapped_range(thin, at, end);
    if (!run.ok()) break;
    const auto length = run->end - run->begin;
    if (length == 0) break;
    found.sequential_pairs += length - 1;
    found.adjacent_pairs += length - 1;
    at = run->end;
    if (at >= end) break;
    const auto next = metadata.find_block(thin, at);
    if (!next.ok()) continue;
    ++found.adjacent_pairs;
    found.sequential_pairs += next->block == run->first + length;
  }
}

}  // namespace sim::replay
