// JSON, as thin_dump writes it (README.md), to a metadata stream. Read as it
// arrives, in constant memory.
//
// What is not well-formed, not known or not a number is refused by an error:
// "line 3: device: ...". So is what the sink refuses by throwing.
#pragma once

#include "persistent-data/stream/metadata_stream.h"
#include "thin-tools/text/text_source.h"

namespace thin_tools {

// `position` tells the sink the line of each event.
void read_json(text_source& source, pdata::metadata_sink& sink, pdata::stream_position& position);

}  // namespace thin_tools
