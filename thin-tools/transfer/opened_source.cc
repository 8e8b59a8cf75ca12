#include "thin-tools/transfer/opened_source.h"

#include "thin-tools/files/metadata_file.h"

namespace thin_tools {

namespace {

// Both are admitted before either is opened.
pass metadata_pass(const source_names& names) { return admit(metadata_request(names.metadata)); }
pass data_pass(const source_names& names) { return admit(data_request(names.data, use::read)); }

}  // namespace

opened_source::opened_source(const source_names& names)
    : pool_(metadata_pass(names),
            {.from_snapshot = names.metadata_snapshot, .snapshot_location = {}}, damage_),
      data_(data_pass(names)) {}

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
