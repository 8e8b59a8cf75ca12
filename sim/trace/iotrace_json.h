// Traces of Open CAS's iotrace as it prints them without --format csv: a JSON object on each
// line, with or without --raw (which describes devices in lines of their own, and numbers them
// in the others).
#pragma once

#include <map>
#include <string>

#include "sim/trace/trace_parser.h"

namespace sim::trace {

class iotrace_json_parser final : public trace_parser {
 public:
  using trace_parser::trace_parser;

  static bool recognises(std::string_view first_line);

  record_kind next(io_request& request) override;
  std::vector<described_column> columns() const override;

 private:
  std::map<std::string, std::string, std::less<>> names_;  // of devices, by their numbers
};

}  // namespace sim::trace
