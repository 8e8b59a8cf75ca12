// Binary metadata as a metadata_stream. Leaves are read once as far as memory
// for what devices share allows, decoded on several threads, and delivered in
// order.
#pragma once

#include <optional>
#include <set>
#include <span>

#include "persistent-data/io/batch_reader.h"
#include "persistent-data/stream/metadata_stream.h"
#include "persistent-data/survey/pool_layout.h"

namespace pdata {

struct stream_options {
  std::optional<std::set<device_id>> devices;  // only these, and only their trees are read
  bool skip_mappings = false;
  bool defs = false;     // what devices share is delivered once
  bool salvage = false;  // go on after damage with what can be read
};

// What a superblock says of the pool to a reader of the stream.
stream_superblock describe_superblock(const superblock& from);

// Streams the trees of `layout` under the superblock `header`. Damage goes to
// `damage_to`. Returns true if the stream is whole: no damage, or salvaged.
//
// Without salvage the stream ends at the first damage: before begin_superblock
// if the device details are damaged, else after an end_device. Then
// end_superblock does not come, as with thin_dump 0.9.0.
[[nodiscard]] bool stream_pool(batch_reader& reader, const pool_layout& layout,
                               const stream_superblock& header, const stream_options& options,
                               metadata_sink& to, damage_sink& damage_to);

struct streamed_device {
  device_id id;
  device_details details;
  metadata_block root;
};

// The part of the stream between begin_superblock and end_superblock, of these
// devices; blocks from `nr_blocks` on do not exist. Of the options `devices` does
// not count. Returns false where the stream ended early.
[[nodiscard]] bool stream_devices(batch_reader& reader, metadata_block nr_blocks,
                                  std::span<const streamed_device> devices,
                                  const stream_options& options, metadata_sink& to,
                                  damage_sink& damage_to,
                                  which_metadata view = which_metadata::active);

}  // namespace pdata
