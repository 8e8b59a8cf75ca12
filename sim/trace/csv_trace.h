// A CSV trace of any column layout, published ones included.
#pragma once

#include <string>

#include "sim/trace/csv_columns.h"
#include "sim/trace/trace_parser.h"

namespace sim::trace {

class csv_parser final : public trace_parser {
 public:
  // Throws pdata::error if the layout has no operation, offset or length.
  csv_parser(input_buffer& input, parser_context context, csv_layout layout);

  record_kind next(io_request& request) override;

 private:
  struct record_fields {
    std::string_view time;
    std::uint64_t time_unit = 1;
    std::string_view op;
    std::string_view offset;
    std::uint64_t offset_unit = 1;
    std::string_view length;
    std::uint64_t length_unit = 1;
    std::string_view device;
  };

  // False if the line has fewer columns than the layout.
  bool pick_fields(std::string_view line, record_fields& picked);
  record_kind parse(const record_fields& fields, io_request& request);

  csv_layout layout_;
  bool header_due_;
  std::size_t columns_needed_ = 0;  // up to the last one that means something
  std::string device_;              // of several columns
};

}  // namespace sim::trace
