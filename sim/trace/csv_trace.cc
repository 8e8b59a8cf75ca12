#include "sim/trace/csv_trace.h"

#include <algorithm>
#include <utility>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "sim/trace/operation_names.h"
#include "sim/trace/text_fields.h"

namespace sim::trace {

csv_parser::csv_parser(input_buffer& input, parser_context context, csv_layout layout)
    : trace_parser(input, std::move(context)),
      layout_(std::move(layout)),
      header_due_(layout_.has_header) {
  if (!layout_.complete())
    throw pdata::error("The columns of the CSV trace are not known: name them with --columns");
  for (std::size_t i = 0; i < layout_.columns.size(); ++i) {
    if (layout_.columns[i].meaning != column_meaning::ignored) columns_needed_ = i + 1;
  }
}

bool csv_parser::pick_fields(std::string_view line, record_fields& picked) {
  csv_fields fields;
  if (split_line(line, layout_.delimiter, fields) < columns_needed_) return false;
  picked.device = context_.default_device;
  bool first_device = true;
  for (std::size_t i = 0; i < columns_needed_; ++i) {
    const column& column = layout_.columns[i];
    switch (column.meaning) {
      case column_meaning::ignored:
        break;
      case column_meaning::time:
        picked.time = fields[i];
        picked.time_unit = column.unit;
        break;
      case column_meaning::op:
        picked.op = fields[i];
        break;
      case column_meaning::offset:
        picked.offset = fields[i];
        picked.offset_unit = column.unit;
        break;
      case column_meaning::length:
        picked.length = fields[i];
        picked.length_unit = column.unit;
        break;
      case column_meaning::device:
        if (first_device) {
          picked.device = fields[i];
        } else {
          if (picked.device.data() != device_.data()) device_ = picked.device;
          device_ += ',';
          device_ += fields[i];
          picked.device = device_;
        }
        first_device = false;
        break;
    }
  }
  return true;
}

record_kind csv_parser::parse(const record_fields& fields, io_request& request) {
  std::uint64_t time_ns = 0;
  if (!fields.time.empty()) {
    const auto parsed = decimal_time_ns(fields.time, fields.time_unit);
    if (!parsed) return damaged("not a time", fields.time);
    time_ns = *parsed;
  }
  const auto op = operation_of_field(fields.op);
  if (!op) return damaged("unknown operation", fields.op);
  saw_time(time_ns);
  if (op->op == io_op::flush)
    return finish(request, time_ns, fields.device, set_sectors(request, *op, 0, 0));

  const auto offset = decimal(fields.offset);
  if (!offset) return damaged("not an offset", fields.offset);
  const auto length = decimal(fields.length);
  if (!length) return damaged("not a length", fields.length);
  if (*length == 0) return record_kind::skipped;
  const auto offset_bytes = pdata::checked_mul(*offset, fields.offset_unit);
  const auto length_bytes = pdata::checked_mul(*length, fields.length_unit);
  if (!offset_bytes || !length_bytes) return damaged("the request ends beyond 8 EiB");
  return finish(request, time_ns, fields.device,
                set_bytes(request, *op, *offset_bytes, *length_bytes));
}

record_kind csv_parser::next(io_request& request) {
  input_buffer::line line;
  if (!next_line(line)) return record_kind::end;
  if (std::exchange(header_due_, false)) return record_kind::skipped;
  if (line.too_long) return damaged("the line is too long");
  if (line.text.empty() || line.text.front() == '#' || trimmed(line.text).empty())
    return record_kind::skipped;
  record_fields fields;
  if (!pick_fields(line.text, fields)) return damaged("the line has too few columns", line.text);
  return parse(fields, request);
}

}  // namespace sim::trace
