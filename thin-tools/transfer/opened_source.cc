#include "thin-tools/transfer/opened_source.h"

#include <algorithm>
#include <exception>
#include <memory>

#include "persistent-data/base/error.h"
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

std::optional<digest_value> opened_source::committed_fingerprint(pdata::device_id device) {
  auto& from = *pool_.device;
  const auto first_block = [&] {
    auto block = std::make_unique<pdata::block_buffer>();
    pdata::read_first_block(from, from.path(), block->span());
    return block;
  };
  // A block is not used again before the commit after the one that frees it, so as long as the
  // superblock stays, what it leads to does too (Linux 6.1 dm-transaction-manager.c).
  const auto before = first_block();
  std::optional<digest_value> found;
  std::exception_ptr failure;
  try {
    const auto layout = pdata::read_layout(from, from.path(), {}, damage_);
    found = find_volume(pool_.reader, layout, device, 0).fingerprint;
  } catch (const pdata::error&) {
    failure = std::current_exception();
  }
  if (!std::ranges::equal(first_block()->bytes, before->bytes)) return std::nullopt;
  if (failure) std::rethrow_exception(failure);
  return found;
}

std::string opened_source::remark() const { return size_remark(data_, extent(0)); }

pool_extent opened_source::extent(pdata::data_block end) const {
  return {.nr_blocks = pool_.layout.active.data_space_map.nr_blocks,
          .blocks_used = end,
          .block_bytes = std::uint64_t{block_sectors()} * pdata::sector_bytes};
}

}  // namespace thin_tools
