// Whether a state that goes on from the superblock's is on the device, as where the superblock is
// an old one. Cheap where there is none: of what the superblock's state does not use only so many
// blocks are read as commits would have taken next.
#pragma once

#include <optional>

#include "persistent-data/format/superblock.h"
#include "persistent-data/io/batch_reader.h"
#include "thin-tools/repair/history/candidate_pairs.h"
#include "thin-tools/repair/scan/device_scan.h"

namespace thin_tools {

// The roots of one that is whole, has nodes of the superblock's state, and devices with a later
// time or transaction id than the superblock has: these never go back (Linux 6.1
// dm-thin-metadata.c). None: none of that kind is where it would stand; others may be.
std::optional<root_pair> find_younger_state(pdata::batch_reader& reader,
                                            const pdata::superblock& superblock);
// The same of a device that was read as a whole, wherever the state stands.
std::optional<root_pair> find_younger_state(const device_scan& device,
                                            const pdata::superblock& superblock);

}  // namespace thin_tools
