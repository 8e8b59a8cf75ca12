// Random pools as metadata streams, for RapidCheck: devices, runs, gaps, defs
// that devices share, and snapshots that differ from their origin here and there.
#pragma once

#include <rapidcheck.h>

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "persistent-data/format/mapping_value.h"
#include "persistent-data/stream/metadata_stream.h"

namespace test_support {

struct generated_device {
  pdata::device_id id = 0;
  pdata::device_details details;
  // Runs, and the names of defs, in order.
  std::vector<std::variant<pdata::mapping_run, std::string>> pieces;
};

struct generated_pool {
  pdata::stream_superblock superblock;
  std::map<std::string, std::vector<pdata::mapping_run>> defs;
  std::vector<generated_device> devices;

  void play(pdata::metadata_sink& sink) const;
  std::map<pdata::thin_block, pdata::mapping> mappings_of(const generated_device& device) const;
};

rc::Gen<generated_pool> any_pool();

}  // namespace test_support
