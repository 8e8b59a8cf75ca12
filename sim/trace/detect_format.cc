#include "sim/trace/detect_format.h"

#include <algorithm>
#include <array>

#include "sim/trace/blkparse_text.h"
#include "sim/trace/blktrace_binary.h"
#include "sim/trace/csv_columns.h"
#include "sim/trace/fio_iolog.h"
#include "sim/trace/vscsi.h"

namespace sim::trace {

namespace {

struct format_row {
  trace_format format;
  std::string_view name;
};

constexpr std::array formats{
    format_row{trace_format::blktrace, "blktrace"}, format_row{trace_format::blkparse, "blkparse"},
    format_row{trace_format::fio, "fio"},           format_row{trace_format::vscsi, "vscsi"},
    format_row{trace_format::msr, "msr"},           format_row{trace_format::alibaba, "alibaba"},
    format_row{trace_format::tencent, "tencent"},   format_row{trace_format::csv, "csv"},
};

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// Other programs may have written a few words above blkparse's lines.
bool has_blkparse_line(std::string_view text) {
  constexpr int lines_looked_at = 16;
  for (int i = 0; i < lines_looked_at && !text.empty(); ++i)
    if (blkparse_parser::recognises(take_line(text))) return true;
  return false;
}

}  // namespace

std::string_view name_of(trace_format format) {
  return std::ranges::find(formats, format, &format_row::format)->name;
}

std::optional<trace_format> format_of_name(std::string_view name) {
  const auto row = std::ranges::find(formats, name, &format_row::name);
  if (row == formats.end()) return std::nullopt;
  return row->format;
}

std::string format_names() {
  std::string names;
  for (const format_row& row : formats) {
    if (!names.empty()) names += ", ";
    names += row.name;
  }
  return names;
}

std::string_view first_line_of(std::span<const std::byte> head) {
  std::string_view text = text_of(head);
  return take_line(text);
}

std::optional<trace_format> detect_format(std::span<const std::byte> head) {
  if (blktrace_parser::recognises(head)) return trace_format::blktrace;
  const std::string_view first_line = first_line_of(head);
  if (fio_iolog_parser::recognises(first_line)) return trace_format::fio;
  if (has_blkparse_line(text_of(head))) return trace_format::blkparse;
  if (const auto known = recognise_published(first_line)) {
    switch (known->trace) {
      case published_csv::msr:
        return trace_format::msr;
      case published_csv::alibaba:
        return trace_format::alibaba;
      case published_csv::tencent:
        return trace_format::tencent;
    }
  }
  if (layout_of_header(first_line)) return trace_format::csv;
  if (vscsi_parser::recognises(head)) return trace_format::vscsi;
  return std::nullopt;
}

}  // namespace sim::trace
