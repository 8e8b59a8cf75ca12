// thin_rmap: from blocks of the data device to the devices that map them. Every
// device is listed, also where devices share the nodes of their trees.
#pragma once

#include <cstdint>
#include <vector>

#include "persistent-data/io/batch_reader.h"
#include "persistent-data/pool/pool_layout.h"
#include "thin-tools/report/text_sink.h"
#include "thin-tools/rmap/region.h"

namespace thin_tools {

// Consecutive data blocks that one device maps at consecutive virtual blocks.
struct reverse_run {
  pdata::data_block data_begin = 0;
  std::uint64_t length = 0;
  pdata::device_id device = 0;
  pdata::thin_block thin_begin = 0;

  friend bool operator==(const reverse_run&, const reverse_run&) = default;
};

struct reverse_map {
  // Maximal within the regions; by data block, end, device, virtual block.
  std::vector<reverse_run> runs;
  bool damaged = false;  // there may be more
};

// Requires joined regions. Damage goes to the sink, the rest is still mapped.
reverse_map map_regions(pdata::batch_reader& reader, const pdata::pool_layout& layout,
                        const std::vector<region>& regions, pdata::damage_sink& sink);

// "data 10..15 -> thin(1) 0..5" lines.
void write_text(const reverse_map& found, text_sink& to);
// {"complete": true, "mappings": [{"data_begin": 10, "data_end": 15, "dev_id": 1,
// "thin_begin": 0, "thin_end": 5}, ...]}
void write_json(const reverse_map& found, text_sink& to);

}  // namespace thin_tools
