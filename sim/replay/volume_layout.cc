#include "sim/replay/volume_layout.h"

#include <optional>

namespace sim::replay {

void add_layout(pdata::pool_metadata& metadata, pdata::thin_device* thin, pdata::thin_block end,
                report::layout_point& found) {
  std::optional<pdata::thin_block> last;
  pdata::data_block last_data = 0;
  metadata
      .visit_mappings(thin, 0, end,
                      [&](pdata::thin_block block, const pdata::block_lookup& to) {
                        const bool adjacent = last && block == *last + 1;
                        found.adjacent_pairs += adjacent;
                        found.sequential_pairs += adjacent && to.block == last_data + 1;
                        last = block;
                        last_data = to.block;
                      })
      .ignore();
}

}  // namespace sim::replay
