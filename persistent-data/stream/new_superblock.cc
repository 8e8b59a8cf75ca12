#include "persistent-data/stream/new_superblock.h"

#include <algorithm>

#include "persistent-data/base/error.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/superblock.h"

namespace pdata {

namespace {

void expect_written(status outcome) {
  if (!outcome.ok())
    throw error("Couldn't write the superblock: " + errno_text(outcome.errno_value()));
}

void replace_superblock(block_device& device, const block_buffer& block) {
  expect_written(device.flush());
  expect_written(device.write(superblock_location, block.view()));
  expect_written(device.flush());
}

}  // namespace

void erase_superblock(block_device& device) { replace_superblock(device, block_buffer()); }

void write_new_superblock(block_device& device, const stream_superblock& pool,
                          const new_pool_roots& roots, metadata_block nr_metadata_blocks) {
  superblock fields;
  fields.flags = pool.flags;
  std::ranges::copy(std::as_bytes(std::span(pool.uuid)), fields.uuid.begin());
  fields.version = pool.version;
  fields.time = pool.time;
  fields.transaction_id = pool.transaction_id;
  fields.data_space_map = roots.data_space_map;
  fields.metadata_space_map = roots.metadata_space_map;
  fields.mapping_root = roots.mapping_root;
  fields.details_root = roots.details_root;
  fields.data_block_size = pool.data_block_size;
  fields.metadata_nr_blocks = nr_metadata_blocks;
  block_buffer block;
  fields.store(block.span());
  seal(block.span(), block_kind::superblock, superblock_location);
  replace_superblock(device, block);
}

}  // namespace pdata
