// The layout that a header line of a text trace names.
//
// Only what is certain is taken: a name that is used for bytes and for sectors,
// for seconds and for microseconds, or for 0 meaning read and 0 meaning write,
// counts as certain only where the first records leave no other reading. All
// else is an ambiguity, and the trace is refused with the list of columns that would
// settle it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/trace/column_layout.h"

namespace sim::trace {

struct header_reading {
  column_layout layout;                  // with the likeliest units where there are ambiguities
  std::vector<std::string> ambiguities;  // "column 'lba' may count sectors or blocks"
  std::string unreadable;                // what no list of columns settles, or empty
};

// The lines at the start of a trace that are neither empty nor comments.
std::vector<std::string_view> first_lines(std::string_view text, std::size_t count);

// None if the first line names no offset and length. `lines` are the header and
// the records behind it.
std::optional<header_reading> read_header(std::span<const std::string_view> lines);

// What a line of words lacks that names some columns, but not both of offset and length; empty
// if it is no such line.
std::string header_gap(std::string_view line);

// What a list for --columns might look like for lines of an unknown layout.
std::optional<column_layout> guess_layout(std::span<const std::string_view> lines);

}  // namespace sim::trace
