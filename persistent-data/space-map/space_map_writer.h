// Writes reference counts as a space map: bitmaps, their index, and the tree of
// the counts that do not fit into two bits. Nothing of a written map is shared,
// and each of its blocks counts one reference in `metadata_counts`.
#pragma once

#include "persistent-data/btree/node_store.h"
#include "persistent-data/format/space_map_root.h"
#include "persistent-data/io/block_writer.h"
#include "persistent-data/space-map/block_tally.h"

namespace pdata {

// All of the data device's counts.
space_map_root write_data_space_map(block_writer& out, ref_counts& metadata_counts,
                                    const ref_counts& data_counts);
space_map_root write_data_space_map(block_writer& out, ref_counts& metadata_counts,
                                    block_tally& data_counts);

// The counts of the metadata device itself, the map's own blocks included: the
// last blocks that may be written. Requires that all blocks below out.next()
// are counted but for the map's own. `nr_blocks` is the size of the device, at
// most max_metadata_blocks.
space_map_root write_metadata_space_map(block_writer& out, ref_counts& metadata_counts,
                                        metadata_block nr_blocks);

}  // namespace pdata
