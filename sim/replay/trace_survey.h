// What a trace asks of its devices, from reading it once: sizes follow from it
// where the user gives none.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/trace/trace_reader.h"

namespace sim::replay {

struct surveyed_device {
  std::string name;
  pdata::sector end = 0;  // of the last sector that a request touches
};

struct trace_survey {
  std::vector<surveyed_device> devices;  // in the order of the reader's table
  std::uint64_t duration_ns = 0;
  std::uint64_t writes = 0;
  std::uint64_t written_sectors = 0;
};

// How people call the first of them that can be read only once: standard input, a
// FIFO. "": none.
std::string first_read_once(std::span<const std::string> paths);

// Reads all of it. Throws pdata::error.
trace_survey survey_trace(trace::trace_reader& reader);

}  // namespace sim::replay
