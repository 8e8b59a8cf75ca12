#include "thin-tools/trim/free_data.h"

#include <algorithm>
#include <memory>

#include "persistent-data/base/error.h"
#include "persistent-data/base/run_joiner.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/io/validate.h"
#include "persistent-data/space-map/space_map_reader.h"

namespace thin_tools {

using pdata::error;

void for_each_free_range(pdata::batch_reader& reader, const pdata::pool_layout& layout,
                         const std::function<void(const data_range&)>& visit) {
  pdata::refusing_sink refuse;
  pdata::space_map_reader map(reader, pdata::space_map_kind::data, layout.active.data_space_map,
                              layout.nr_data_blocks, layout.nr_metadata_blocks);
  pdata::ref_counts own_blocks(layout.nr_metadata_blocks);
  map.open(own_blocks, refuse);

  auto free = pdata::join_runs<data_range>(visit);
  const auto bitmap = std::make_unique<pdata::block_buffer>();
  pdata::data_block first = 0;
  for (const auto& entry : map.index()) {
    if (!entry || !reader.device().read(entry->location, bitmap->span()).ok() ||
        pdata::validate(bitmap->view(), pdata::block_kind::bitmap, entry->location))
      throw error("the data space map cannot be read");
    const auto slots =
        std::min<std::uint64_t>(pdata::entries_per_bitmap, layout.nr_data_blocks - first);
    for (std::uint32_t slot = 0; slot < slots; ++slot)
      if (pdata::bitmap_count(bitmap->view(), slot) == 0)
        free.add({first + slot, first + slot + 1});
    first += slots;
  }
  free.finish();
}

}  // namespace thin_tools
