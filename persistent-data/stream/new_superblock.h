// The superblock of metadata that is made anew. It is erased before anything else
// is written and comes last, after a flush, so that what is on the device
// meanwhile can never be taken for a whole pool.
//
// Errors (a write or flush fails) are thrown.
#pragma once

#include "persistent-data/format/space_map_root.h"
#include "persistent-data/io/block_device.h"
#include "persistent-data/stream/metadata_stream.h"

namespace pdata {

struct new_pool_roots {
  metadata_block mapping_root = 0;
  metadata_block details_root = 0;
  space_map_root data_space_map;
  space_map_root metadata_space_map;
};

void erase_superblock(block_device& device);

// All other blocks must have been written. `nr_metadata_blocks` is the size of
// the device as far as the format can use it.
void write_new_superblock(block_device& device, const stream_superblock& pool,
                          const new_pool_roots& roots, metadata_block nr_metadata_blocks);

}  // namespace pdata
