// Gives trees that lost the top level entry which named them back to their
// devices: by the number of mappings that the device details say, and where
// that does not tell them apart, by older copies of the top level's leaves.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "persistent-data/format/device_details.h"
#include "thin-tools/repair/evidence/evidence.h"
#include "thin-tools/repair/placement/hole_filler.h"

namespace thin_tools {

struct device_match {
  pdata::metadata_block root = 0;
  std::string reason;
};

// `devices` lost their trees; `trees` are whole trees that lost references, as
// many as they have missing ones. Only what follows is matched, nothing is guessed
// among equals.
std::map<pdata::device_id, device_match> match_devices(
    const evidence& device, mapping_forest& forest,
    const std::map<pdata::device_id, pdata::device_details>& devices,
    const std::vector<orphan>& trees);

}  // namespace thin_tools
