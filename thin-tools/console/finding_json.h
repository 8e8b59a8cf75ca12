// A finding as JSON, with its words: the one form in which tools write findings for programs.
#pragma once

#include <nlohmann/json.hpp>

#include "persistent-data/format/damage.h"

namespace thin_tools {

// {"begin": 5, "end": null}
nlohmann::ordered_json range_json(const pdata::key_range& range);

// id, severity, structure, metadata_snapshot, expected, actual, text; device, block, lost and
// counted_blocks where the finding has them.
nlohmann::ordered_json finding_json(const pdata::damage& finding);

}  // namespace thin_tools
