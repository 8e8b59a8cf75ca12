#include "sim/trace/column_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "sim/trace/text_fields.h"

namespace sim::trace {

namespace {

std::optional<std::uint64_t> number_of(std::string_view field, bool hex) {
  if (hex) return hexadecimal(field);
  if (const auto whole = number(field)) return whole;
  // "4096.0": what some exporters make of a whole number.
  const std::size_t point = field.find('.');
  if (point == std::string_view::npos || point + 1 == field.size() ||
      field.find_first_not_of('0', point + 1) != std::string_view::npos)
    return std::nullopt;
  return decimal(field.substr(0, point));
}

bool is_date(std::string_view field) {
  constexpr std::size_t year_digits = 4;
  return field.size() > year_digits && (field[year_digits] == '-' || field[year_digits] == '/');
}

std::optional<std::uint64_t> time_of(std::string_view field, const column& how) {
  if (how.hex || field.starts_with("0x") || field.starts_with("0X")) {
    const auto count = hexadecimal(field);
    return count ? pdata::checked_mul(*count, how.unit) : std::nullopt;
  }
  if (is_date(field)) return iso_time_ns(field);
  return decimal_time_ns(field, how.unit);
}

bool is_true(std::string_view field) {
  return field == "1" || field == "true" || field == "True" || field == "TRUE" || field == "yes";
}

bool begins_with_letter(std::string_view line) {
  const std::string_view text = trimmed(line);
  const char c = text.empty() ? ' ' : text.front();
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

column_parser::column_parser(input_buffer& input, parser_context context, column_layout layout,
                             std::string_view note)
    : trace_parser(input, std::move(context)), layout_(std::move(layout)), note_(note) {
  if (!layout_.complete())
    throw pdata::error(fmt::format("The columns of the trace lack: {}", layout_.missing()));
  for (std::size_t i = 0; i < layout_.columns.size(); ++i) {
    if (layout_.columns[i].meaning != column_meaning::ignored) columns_needed_ = i + 1;
  }
  several_devices_ =
      std::ranges::count(layout_.columns, column_meaning::device, &column::meaning) > 1;
}

std::vector<described_column> column_parser::columns() const {
  auto all = describe_columns(layout_);
  if (has_dates_)
    for (described_column& column : all)
      if (column.meaning == "time") column.unit = "ISO 8601";
  return all;
}

std::vector<std::string> column_parser::notes() const {
  std::vector<std::string> all;
  if (!note_.empty()) all.push_back(note_);
  if (!layout_.has(column_meaning::time))
    all.emplace_back("No column is a time: all requests happen at once.");
  return all;
}

void column_parser::pick(std::size_t column_number, std::string_view field, record_fields& picked) {
  const column& how = layout_.columns[column_number];
  switch (how.meaning) {
    case column_meaning::ignored:
      break;
    case column_meaning::time:
      picked.time = field;
      picked.time_column = &how;
      break;
    case column_meaning::op:
      picked.op = field;
      break;
    case column_meaning::offset:
      picked.offset = field;
      picked.offset_column = &how;
      break;
    case column_meaning::length:
      picked.length = field;
      picked.length_column = &how;
      break;
    case column_meaning::device:
      if (several_devices_) {
        if (!device_.empty()) device_ += ',';
        device_ += field;
        picked.device = device_;
      } else if (!field.empty()) {
        picked.device = field;
      }
      break;
    case column_meaning::flush:
      picked.flush = field;
      break;
    case column_meaning::fua:
      picked.fua = field;
      break;
  }
}

bool column_parser::pick_fields(std::string_view line, record_fields& picked) {
  column_fields fields;
  const std::size_t count = split_line(line, delimiter_, fields);
  if (count < columns_needed_) return false;
  // Fields that a text with the delimiter in it adds.
  const std::size_t wide = layout_.wide_column.value_or(count);
  const std::size_t surplus =
      count > layout_.columns.size() && wide < count ? count - layout_.columns.size() : 0;
  picked.device = context_.default_device;
  device_.clear();
  for (std::size_t i = 0; i < columns_needed_; ++i)
    pick(i, fields[i > wide ? i + surplus : i], picked);
  return true;
}

std::optional<operation> column_parser::operation_of(const record_fields& fields,
                                                     std::uint64_t length, bool& known) const {
  known = true;
  if (!layout_.has(column_meaning::op)) return operation{.op = *layout_.default_op};
  for (const named_value& value : layout_.values) {
    if (fields.op != value.text) continue;
    if (!value.op) return std::nullopt;
    return operation{.op = *value.op};
  }
  if (layout_.values.empty() && fields.op == "0") return operation{.op = io_op::read};
  if (layout_.values.empty() && fields.op == "1") return operation{.op = io_op::write};
  if (fields.op.empty() && layout_.default_op) return operation{.op = *layout_.default_op};
  const auto found = operation_of_field(fields.op, length);
  known = found.has_value();
  return found;
}

record_kind column_parser::parse(const record_fields& fields, io_request& request) {
  std::uint64_t time_ns = 0;
  if (!fields.time.empty()) {
    const auto parsed = time_of(fields.time, *fields.time_column);
    if (!parsed) return damaged("not a time", fields.time);
    has_dates_ = has_dates_ || is_date(fields.time);
    time_ns = *parsed;
  }
  const auto length = fields.length.empty() ? std::optional<std::uint64_t>(0)
                                            : number_of(fields.length, fields.length_column->hex);
  bool known = true;
  auto op = operation_of(fields, length.value_or(0), known);
  if (!known) return damaged("unknown operation", fields.op);
  if (!op) return record_kind::skipped;
  saw_time(time_ns);
  if (is_true(fields.fua)) op->fua = op->op == io_op::write;
  if (is_true(fields.flush)) {
    op->preflush = op->op == io_op::write;
    if (length == 0 && op->op == io_op::write) op = operation{.op = io_op::flush};
  }
  if (op->op == io_op::flush)
    return finish(request, time_ns, fields.device, set_sectors(request, *op, 0, 0));
  if (!length || fields.length.empty()) return damaged("not a length", fields.length);
  if (*length == 0) return record_kind::skipped;
  const auto offset = number_of(fields.offset, fields.offset_column->hex);
  if (!offset) return damaged("not an offset", fields.offset);
  const auto offset_bytes = pdata::checked_mul(*offset, fields.offset_column->unit);
  const auto length_bytes = pdata::checked_mul(*length, fields.length_column->unit);
  if (!offset_bytes || !length_bytes)
    return damaged("the request ends beyond the largest device, a sector less than 8 EiB");
  return finish_bytes(request, time_ns, fields.device, *op, *offset_bytes, *length_bytes);
}

// A line whose offset or length are words names the columns.
bool column_parser::is_header(std::string_view line) {
  if (layout_.header) return *layout_.header;
  record_fields fields;
  if (!pick_fields(line, fields)) return true;
  const auto is_number = [](std::string_view field, const column* how) {
    return field.empty() || number_of(field, how->hex).has_value();
  };
  return !is_number(fields.offset, fields.offset_column) &&
         !is_number(fields.length, fields.length_column);
}

record_kind column_parser::next(io_request& request) {
  input_buffer::line line;
  if (!next_line(line)) return record_kind::end;
  if (line.too_long) return damaged("the line is too long");
  const std::string_view text = line.text;
  if (text.empty() || text.front() == layout_.comment || trimmed(text).empty())
    return record_kind::skipped;
  if (layout_.text_lines_skipped && begins_with_letter(text)) return record_kind::skipped;
  if (std::exchange(first_line_due_, false)) {
    delimiter_ = layout_.delimiter.value_or(delimiter_of(text));
    if (is_header(text)) {
      header_ = text;
      return record_kind::skipped;
    }
  }
  if (!header_.empty() && text == header_) return record_kind::skipped;
  record_fields fields;
  if (!pick_fields(text, fields)) return damaged("the line has too few columns", text);
  return parse(fields, request);
}

}  // namespace sim::trace
