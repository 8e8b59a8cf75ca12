// The two elements that dumps consist of, recognised without an XML parser if
// they stand there exactly as every thin_dump writes them. Anything else, also
// what means the same, is left to the parser.
#pragma once

#include <optional>
#include <string_view>

#include "persistent-data/stream/metadata_stream.h"

namespace thin_tools {

struct mapping_line {
  pdata::mapping_run run;
  std::size_t length;  // of the text, with the white space before and the newline after
};

// Of a line at the beginning of `text`. None also if a number is too large.
std::optional<mapping_line> parse_mapping_line(std::string_view text);

}  // namespace thin_tools
