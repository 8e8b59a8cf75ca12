// The formats of traces: the one table that names them, recognises them and
// makes their parsers is in format_table.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sim/trace/trace_parser.h"

namespace sim::trace {

enum class trace_format : std::uint8_t {
  blktrace,
  fio,
  blkparse,
  events,
  biosnoop,
  etw,
  blkreplay,
  msr,
  systor,
  alibaba,
  tencent,
  cloudphysics,
  thesios,
  iotrace,
  iotrace_json,
  spc,
  fio_latency,
  fiu,
  femu,
  disksim,
  mqsim,
  csv,  // with a header, or columns that the user names
  vscsi
};

// What the meaning of a fio version 2 log's "wait N" is.
enum class iolog_wait : std::uint8_t {
  since_start_ms,  // what fio does: until N milliseconds after its start
  pause_us         // what its manual says: N microseconds after the line before
};

struct trace_options {
  std::optional<trace_format> format;  // none: recognised, for each file
  std::string columns;                 // the argument of --columns; "": from the header
  bool strict = false;                 // a damaged record is an error
  std::optional<event_kind> events;    // none: see event_choice.h
  iolog_wait wait = iolog_wait::since_start_ms;
};

// The start of a trace, as much of it as the look-ahead buffer gives.
struct trace_head {
  std::span<const std::byte> bytes;
  std::string_view text() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
};

struct format_row {
  trace_format format;
  std::string_view name;   // as --format takes it
  std::string_view words;  // what a report calls it
  bool (*recognises)(const trace_head& head);
  // Throws pdata::error if the format needs more than the input has.
  std::unique_ptr<trace_parser> (*make)(input_buffer& input, const parser_context& context,
                                        const trace_options& options);
};

// In the order of recognition: what is told by a magic number or a first line
// comes before what is told by the look of its records.
std::span<const format_row> format_table();

const format_row& row_of(trace_format format);
std::string_view name_of(trace_format format);
std::string_view words_of(trace_format format);
// The format with that name; none if there is none.
std::optional<trace_format> format_of_name(std::string_view name);
// "blktrace, blkparse, ...", for messages and help.
std::string format_names();

// None if the content is of no known format.
std::optional<trace_format> recognise_format(const trace_head& head);

}  // namespace sim::trace
