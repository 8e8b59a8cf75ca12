#include "thin-tools/transfer/opened_source.h"

#include "thin-tools/files/metadata_file.h"

namespace thin_tools {

opened_source::opened_source(const source_names& names)
    : metadata_pass_(admit(metadata_request(names.metadata))),
      data_pass_(admit(data_request(names.data, use::read))),
      pool_(metadata_pass_, {.from_snapshot = names.metadata_snapshot, .snapshot_location = {}},
            damage_),
      data_(data_pass_) {}

source_volume opened_source::volume(pdata::device_id device,
                                    std::optional<std::uint64_t> volume_bytes) {
  auto found = find_volume(pool_.reader, pool_.layout, device, volume_bytes);
  expect_mapped_blocks(data_, extent(found.data_end));
  return found;
}

std::string opened_source::remark() const { return size_remark(data_, extent(0)); }

pool_extent opened_source::extent(pdata::data_block end) const {
  return {.nr_blocks = pool_.layout.active.data_space_map.nr_blocks,
          .blocks_used = end,
          .block_bytes = std::uint64_t{block_sectors()} * pdata::sector_bytes};
}

}  // namespace thin_tools
