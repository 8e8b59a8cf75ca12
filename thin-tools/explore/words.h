// Findings and numbers in the words of thin_explore.
#pragma once

#include <optional>
#include <string>

#include "persistent-data/btree/tree_graph.h"
#include "persistent-data/format/damage.h"
#include "thin-tools/explore/place.h"

namespace thin_tools::explore {

std::string fault_words(const pdata::node_fault& fault);  // "bad checksum"
std::string times_words(std::uint64_t count);             // "as free", "once", "12 times"
std::string range_words(const pdata::key_range& range);   // "5 to 9", "5 and all above"
std::string tree_words(const pdata::tree_shape& shape);   // "mapping tree"

// Where a finding is looked at: its block, or its device.
std::optional<place> place_of(const pdata::damage& finding);

}  // namespace thin_tools::explore
