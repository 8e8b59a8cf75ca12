#include "sim/trace/etw_text.h"

#include <algorithm>

#include "sim/trace/column_layout.h"
#include "sim/trace/text_fields.h"

namespace sim::trace {

namespace {

constexpr std::string_view read_event = "DiskRead";
constexpr std::string_view write_event = "DiskWrite";
constexpr std::string_view flush_event = "DiskFlush";
constexpr std::uint64_t microsecond_ns = 1000;

bool is_disk_event(std::string_view name) {
  return name == read_event || name == write_event || name == flush_event;
}

}  // namespace

bool etw_parser::recognises(std::string_view line) {
  column_fields fields;
  const std::size_t count = split_line(line, ',', fields);
  return count > 2 && is_disk_event(fields[0]) && fields[1] == "TimeStamp";
}

void etw_parser::read_header(std::string_view line) {
  column_fields fields;
  const std::size_t count = split_line(line, ',', fields);
  event_columns& columns = fields[0] == flush_event ? flushes_ : transfers_;
  for (std::size_t i = 1; i < count; ++i) {
    if (fields[i] == "TimeStamp") columns.time = i;
    if (fields[i] == "ByteOffset") columns.offset = i;
    if (fields[i] == "IOSize") columns.length = i;
    if (fields[i] == "DiskNum") columns.disk = i;
  }
}

record_kind etw_parser::next(io_request& request) {
  input_buffer::line line;
  if (!next_line(line)) return record_kind::end;
  if (line.too_long) return damaged("the line is too long");
  if (recognises(line.text)) {
    read_header(line.text);
    return record_kind::skipped;
  }
  column_fields fields;
  const std::size_t count = split_line(line.text, ',', fields);
  if (count == 0 || !is_disk_event(fields[0])) return record_kind::skipped;
  const bool flush = fields[0] == flush_event;
  const event_columns& columns = flush ? flushes_ : transfers_;
  if (columns.disk == 0 || (!flush && (columns.offset == 0 || columns.length == 0)))
    return damaged("no header names the columns of this event", fields[0]);
  if (count <= std::max({columns.time, columns.offset, columns.length, columns.disk}))
    return damaged("the line has too few columns", line.text);
  const auto time_ns = decimal_time_ns(fields[columns.time], microsecond_ns);
  if (!time_ns) return damaged("not a time", fields[columns.time]);
  saw_time(*time_ns);
  const std::string_view disk = fields[columns.disk];
  if (flush)
    return finish(request, *time_ns, disk, set_sectors(request, {.op = io_op::flush}, 0, 0));
  const auto offset = number(fields[columns.offset]);
  const auto length = number(fields[columns.length]);
  if (!offset || !length) return damaged("no offset and size", fields[columns.offset]);
  if (*length == 0) return record_kind::skipped;
  const operation op{.op = fields[0] == read_event ? io_op::read : io_op::write};
  return finish_bytes(request, *time_ns, disk, op, *offset, *length);
}

std::vector<described_column> etw_parser::columns() const {
  return {{"column 1", "operation", "DiskRead, DiskWrite, DiskFlush"},
          {"TimeStamp", "time", "microseconds"},
          {"ByteOffset", "offset", "bytes"},
          {"IOSize", "length", "bytes"},
          {"DiskNum", "volume", ""}};
}

std::vector<std::string> etw_parser::notes() const {
  return {"Times of disk events of Windows are those of completions."};
}

}  // namespace sim::trace
