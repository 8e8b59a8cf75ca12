// XML to a metadata stream: everything that a thin_dump (0.9.0, 1.3) or LVM2
// writes, with or without declaration, defs, flags and final newline, in any
// order of attributes. Read as it arrives, in constant memory.
//
// What is not well-formed, not known or not a number is refused by an error:
// "line 3: <device>: ...". So is what the sink refuses by throwing.
#pragma once

#include <functional>
#include <string>

#include "persistent-data/stream/metadata_stream.h"
#include "thin-tools/text/text_source.h"

namespace thin_tools {

// Is told of attributes that nobody knows, and that change nothing.
using warning_listener = std::function<void(const std::string&)>;

// `position` tells the sink the line of each event.
void read_xml(text_source& source, pdata::metadata_sink& sink, pdata::stream_position& position,
              const warning_listener& warn);

}  // namespace thin_tools
