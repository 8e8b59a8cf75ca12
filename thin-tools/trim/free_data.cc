#include "thin-tools/trim/free_data.h"

#include <algorithm>
#include <memory>

#include "persistent-data/base/error.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/io/validate.h"
#include "persistent-data/space-map/space_map_reader.h"

namespace thin_tools {

using pdata::error;

namespace {

// Joins free blocks, which come in ascending order, to ranges.
class range_joiner {
 public:
  explicit range_joiner(const std::function<void(const data_range&)>& visit) : visit_(visit) {}

  void add(pdata::data_block block) {
    if (open_.end != block || open_.begin == open_.end) {
      finish();
      open_.begin = block;
    }
    open_.end = block + 1;
  }

  void finish() {
    if (open_.begin != open_.end) visit_(open_);
    open_ = {};
  }

 private:
  const std::function<void(const data_range&)>& visit_;
  data_range open_;
};

}  // namespace

void for_each_free_range(pdata::batch_reader& reader, const pdata::pool_layout& layout,
                         const std::function<void(const data_range&)>& visit) {
  pdata::refusing_sink refuse;
  pdata::space_map_reader map(reader, pdata::space_map_kind::data, layout.active.data_space_map,
                              layout.nr_data_blocks, layout.nr_metadata_blocks);
  pdata::ref_counts own_blocks(layout.nr_metadata_blocks);
  map.open(own_blocks, refuse);

  range_joiner free(visit);
  const auto bitmap = std::make_unique<pdata::block_buffer>();
  pdata::data_block first = 0;
  for (const auto& entry : map.index()) {
    if (!entry || !reader.device().read(entry->location, bitmap->span()).ok() ||
        pdata::validate(bitmap->view(), pdata::block_kind::bitmap, entry->location))
      throw error("the data space map cannot be read");
    const auto slots =
        std::min<std::uint64_t>(pdata::entries_per_bitmap, layout.nr_data_blocks - first);
    for (std::uint32_t slot = 0; slot < slots; ++slot)
      if (pdata::bitmap_count(bitmap->view(), slot) == 0) free.add(first + slot);
    first += slots;
  }
  free.finish();
}

}  // namespace thin_tools
