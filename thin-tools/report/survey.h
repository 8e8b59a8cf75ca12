// Reads what a report shows: every node of the mapping trees once, in disk order, by several
// threads; then the small trees and the space maps' indexes.
//
// Memory: for each data block of the regions that are mapped a byte, two with more than 126
// devices, four with very many; and some sixty bytes for each metadata block. Where keys in leaves
// contradict the nodes above them, leaves are read twice.
#pragma once

#include "persistent-data/io/batch_reader.h"
#include "persistent-data/survey/pool_layout.h"
#include "thin-tools/report/pool_picture.h"

namespace thin_tools::report {

// Damage makes the contents incomplete. Throws sharing_too_complex (tree_sharing.h).
pool_contents survey(pdata::batch_reader& reader, const pdata::pool_layout& layout);

}  // namespace thin_tools::report
