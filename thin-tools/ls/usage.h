// What each thin device of a pool is and uses: the rows of thin_ls.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "persistent-data/format/device_details.h"
#include "persistent-data/io/batch_reader.h"
#include "persistent-data/survey/pool_layout.h"

namespace thin_tools {

struct device_usage {
  pdata::device_id device = 0;
  pdata::device_details details;
  // Known if the mappings were read and are whole:
  std::optional<std::uint64_t> exclusive_blocks;  // data blocks that no other device maps
  std::optional<std::uint64_t> shared_blocks;     // the other mappings
  std::optional<pdata::thin_block> highest_block;
  // Known to others than the metadata, or found in a pass of their own:
  std::string name;                             // of its volume; empty: none
  std::optional<std::uint64_t> volume_sectors;  // the volume's virtual size
  std::string fingerprint;                      // of its mappings; empty: not known
};

struct pool_usage {
  std::vector<device_usage> devices;  // in ascending order
  bool damaged = false;               // some devices or numbers are missing
};

enum class usage_depth : std::uint8_t { details, mappings };

// With `mappings` exclusive, shared and highest blocks are found, in one pass
// over the distinct leaves; with `details` no mapping tree is read. Damage goes to the
// sink.
pool_usage find_usage(pdata::batch_reader& reader, const pdata::pool_layout& layout,
                      usage_depth depth, pdata::damage_sink& sink);

}  // namespace thin_tools
