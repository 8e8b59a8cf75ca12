// A text trace in columns of any layout, published ones included.
#pragma once

#include <string>

#include "sim/trace/column_layout.h"
#include "sim/trace/trace_parser.h"

namespace sim::trace {

class column_parser final : public trace_parser {
 public:
  // `note` is a sentence about the format, or empty. Throws pdata::error if the
  // layout has no operation, offset or length.
  column_parser(input_buffer& input, parser_context context, column_layout layout,
                std::string_view note = {});

  record_kind next(io_request& request) override;
  std::vector<described_column> columns() const override;
  std::vector<std::string> notes() const override;

 private:
  struct record_fields {
    std::string_view time, op, offset, length, device, flush, fua;
    const column* time_column = nullptr;
    const column* offset_column = nullptr;
    const column* length_column = nullptr;
  };

  bool is_header(std::string_view line);
  // False if the line has fewer columns than the layout.
  bool pick_fields(std::string_view line, record_fields& picked);
  void pick(std::size_t column_number, std::string_view field, record_fields& picked);
  record_kind parse(const record_fields& fields, io_request& request);
  // The operation, or none; `known` false if the field is no operation.
  std::optional<operation> operation_of(const record_fields& fields, std::uint64_t length,
                                        bool& known) const;

  column_layout layout_;
  char delimiter_ = ',';
  std::string header_;  // the line, which may be repeated in joined files
  bool first_line_due_ = true;
  std::size_t columns_needed_ = 0;  // up to the last one that means something
  std::string device_;              // of several columns
  bool several_devices_ = false;
  std::string note_;
  bool has_dates_ = false;  // ISO 8601 in the time column
};

}  // namespace sim::trace
