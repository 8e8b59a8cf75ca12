// Gives trees that lost the top level entry which named them back to their
// devices: by the number of mappings that the device details say, and where
// that does not tell them apart, by older copies of the top level's leaves.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "persistent-data/format/device_details.h"
#include "thin-tools/repair/placement/hole_filler.h"
#include "thin-tools/repair/pool_view.h"
#include "thin-tools/repair/scan/census.h"
#include "thin-tools/repair/scan/device_scan.h"

namespace thin_tools {

struct device_match {
  pdata::metadata_block root = 0;
  std::string reason;
};

// `devices` lost their trees; `trees` are whole trees that lost references, as
// many as they have missing ones. Only what follows is matched, nothing is guessed
// among equals.
std::map<pdata::device_id, device_match> match_devices(
    const device_scan& device, mapping_forest& forest,
    const std::map<pdata::device_id, pdata::device_details>& devices,
    const std::vector<orphan>& trees);

// Gives the devices that lost their trees the orphans that are theirs.
void regain_device_trees(const device_scan& device, pool_view& view, mapping_forest& forest,
                         const std::vector<orphan>& orphans);

// Where trees lost leaves, too: each has as many mappings as can be read, and at most a leaf's
// for each that cannot. Nothing unless every tree without a name must be a device's and every
// device has one; a device gets the tree that it has in every way to match them.
void regain_damaged_trees(const device_scan& device, const reference_census& census,
                          pool_view& view, mapping_forest& forest,
                          const std::vector<orphan>& orphans);

// Where the root of one device alone is lost with what named it, and all orphans that are
// left make up the mappings that its details count: puts them into a hole in the place of
// the root. What it takes is no orphan any more.
void regain_scattered_tree(const device_scan& device, const reference_census& census,
                           pool_view& view, mapping_forest& forest, std::vector<orphan>& orphans);

}  // namespace thin_tools
