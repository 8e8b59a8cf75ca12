// The devices of a pool: what the details tree and the top level tree say.
#pragma once

#include <map>

#include "persistent-data/btree/leaf_stream.h"
#include "persistent-data/format/device_details.h"
#include "persistent-data/survey/pool_layout.h"

namespace pdata {

struct details_list {
  std::map<device_id, device_details> devices;  // those that can be read
  bool damaged = false;
};

struct mapping_root_list {
  std::map<device_id, metadata_block> roots;  // those that can be read
  std::optional<device_id> damaged_from;      // the first device that may be lost
};

// Damage goes to the sink.
details_list read_details(batch_reader& reader, const pool_layout& layout, damage_sink& sink);
mapping_root_list read_mapping_roots(batch_reader& reader, const pool_layout& layout,
                                     damage_sink& sink);

}  // namespace pdata
