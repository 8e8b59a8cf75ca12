// The names that headers of text traces give to columns, and what is certain of each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/trace/column_layout.h"

namespace sim::trace {

// A word for a unit that does not say how many bytes it has.
struct loose_unit {
  std::string_view word;
  std::uint64_t likeliest;     // bytes
  std::string_view ambiguity;  // to stand behind "column 'x'"
};

struct named_column {
  column what;  // with the likeliest unit where it is not said
  bool unit_said = true;
};

// All names as normalised() makes them. None: the name says nothing.
std::optional<named_column> column_of_header(std::string_view plain);

// Of an offset or length whose name ends with such a word: "size_in_blocks". Of "nr_blocks",
// which counts what the offset counts, there is none.
std::optional<loose_unit> loose_unit_of(std::string_view plain);

// Names of a byte count next to which a length without a unit may be one too.
bool counts_bytes_by_custom(std::string_view plain);

// "StartTimeUs" as "Start_Time_Us".
std::string with_humps_parted(std::string_view name);

}  // namespace sim::trace
