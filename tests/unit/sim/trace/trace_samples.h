// What the trace tests share: reading all requests of some bytes.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/trace/trace_reader.h"
#include "tests/support/tests_folder.h"

namespace sim::trace {

struct whole_trace {
  std::vector<io_request> requests;
  trace_statistics statistics;
  std::vector<std::string> devices;
  trace_format format = trace_format::csv;
};

inline whole_trace read_all(trace_reader& reader) {
  whole_trace all;
  io_request request;
  while (reader.next(request)) all.requests.push_back(request);
  all.statistics = reader.statistics();
  all.format = reader.format_of(0);
  for (std::uint32_t i = 0; i < reader.devices().size(); ++i)
    all.devices.push_back(reader.devices().name(i));
  return all;
}

inline whole_trace read_text(std::string_view text, const trace_options& options = {}) {
  const auto reader = open_trace_bytes(std::as_bytes(std::span(text)), options);
  return read_all(*reader);
}

inline whole_trace read_files(const std::vector<std::string>& paths,
                              const trace_options& options = {}) {
  const auto reader = open_traces(paths, options);
  return read_all(*reader);
}

inline std::string sample_path(const std::string& name) {
  return test_support::tests_folder() + "/functional/traces/" + name;
}

inline trace_options with_columns(const std::string& columns) {
  trace_options options;
  options.columns = columns;
  return options;
}

inline trace_options strictly() {
  trace_options options;
  options.strict = true;
  return options;
}

// "preflush write fua 8+16 at 100"
inline std::string to_text(const io_request& r) {
  return std::string(r.preflush ? "preflush " : "") + std::string(name_of(r.op)) +
         (r.fua ? " fua" : "") + " " + std::to_string(r.sector) + "+" +
         std::to_string(r.nr_sectors) + " at " + std::to_string(r.time_ns);
}

inline std::vector<std::string> to_text(const whole_trace& trace) {
  std::vector<std::string> lines;
  for (const io_request& request : trace.requests) lines.push_back(to_text(request));
  return lines;
}

}  // namespace sim::trace
