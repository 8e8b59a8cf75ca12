// Published text formats in columns: how each is recognised, and what its
// columns mean.
#pragma once

#include <optional>
#include <string_view>

#include "sim/trace/column_layout.h"
#include "sim/trace/trace_format.h"

namespace sim::trace {

// The layout of the published format that the text begins like; none if it does
// not begin like it. Requires a format of columns, and not trace_format::csv.
std::optional<column_layout> columns_of(trace_format format, std::string_view text);

// The same, for a trace of which nobody has said that it is of that format: none also where
// something speaks against its units.
std::optional<column_layout> recognise_columns(trace_format format, std::string_view text);

// Why a text that looks like published formats cannot be read without an option;
// empty if it looks like none.
std::string ambiguity(std::string_view text);

// The layout without looking, for --format: without a header.
column_layout layout_of(trace_format format);

// A sentence about what the format does not say by itself; may be empty.
std::string_view note_of(trace_format format);

}  // namespace sim::trace
