#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "persistent-data/base/error.h"
#include "persistent-data/base/require.h"
#include "sim/trace/blkparse_text.h"
#include "sim/trace/blktrace_binary.h"
#include "sim/trace/column_formats.h"
#include "sim/trace/column_trace.h"
#include "sim/trace/etw_text.h"
#include "sim/trace/event_text.h"
#include "sim/trace/fio_iolog.h"
#include "sim/trace/header_layout.h"
#include "sim/trace/iotrace_json.h"
#include "sim/trace/text_fields.h"
#include "sim/trace/trace_format.h"
#include "sim/trace/vscsi.h"

namespace sim::trace {

namespace {

constexpr std::size_t header_lines = 256;  // the header and the records that bear it out

template <class Parser>
std::unique_ptr<trace_parser> make(input_buffer& input, const parser_context& context,
                                   const trace_options&) {
  return std::make_unique<Parser>(input, context);
}

trace_head head_of(input_buffer& input) { return {input.head()}; }

template <trace_format format>
bool has_columns_of(const trace_head& head) {
  return recognise_columns(format, head.text()).has_value();
}

template <trace_format format>
std::unique_ptr<trace_parser> make_columns(input_buffer& input, const parser_context& context,
                                           const trace_options&) {
  auto layout = columns_of(format, head_of(input).text());
  if (!layout) layout = layout_of(format);
  return std::make_unique<column_parser>(input, context, std::move(*layout), note_of(format));
}

// Other programs may have written a few words above the lines.
template <class Test>
bool has_line(const trace_head& head, Test test) {
  constexpr int lines_looked_at = 64;
  std::string_view text = head.text();
  for (int i = 0; i < lines_looked_at && !text.empty(); ++i)
    if (test(take_line(text))) return true;
  return false;
}

bool is_fio(const trace_head& head) {
  std::string_view text = head.text();
  return fio_iolog_parser::recognises(take_line(text));
}

std::unique_ptr<trace_parser> make_fio(input_buffer& input, const parser_context& context,
                                       const trace_options& options) {
  return std::make_unique<fio_iolog_parser>(input, context, options.wait);
}

bool is_csv(const trace_head& head) {
  return read_header(first_lines(head.text(), header_lines)).has_value();
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : "; ") + text;
  return all;
}

std::unique_ptr<trace_parser> make_csv(input_buffer& input, const parser_context& context,
                                       const trace_options& options) {
  if (!options.columns.empty())
    return std::make_unique<column_parser>(input, context, layout_of_list(options.columns));
  auto header = read_header(first_lines(head_of(input).text(), header_lines));
  if (!header)
    throw pdata::error(
        "it has no header line with an operation, an offset and a length: name its columns with "
        "--columns");
  if (!header->unreadable.empty()) throw pdata::error(header->unreadable);
  if (!header->ambiguities.empty())
    throw pdata::error(
        fmt::format("its header leaves open what it means: {}. Say it, for example "
                    "with\n  --columns '{}'",
                    joined(header->ambiguities), list_of_layout(header->layout)));
  return std::make_unique<column_parser>(input, context, std::move(header->layout));
}

std::unique_ptr<trace_parser> make_vscsi(input_buffer& input, const parser_context& context,
                                         const trace_options&) {
  const auto version = vscsi_parser::recognises(head_of(input).bytes).value_or(vscsi_version::v1);
  return std::make_unique<vscsi_parser>(input, context, version);
}

constexpr format_row columns_row(trace_format format, std::string_view name, std::string_view words,
                                 bool (*recognises)(const trace_head&),
                                 std::unique_ptr<trace_parser> (*parser)(input_buffer&,
                                                                         const parser_context&,
                                                                         const trace_options&)) {
  return {format, name, words, recognises, parser};
}

template <trace_format format>
constexpr format_row published(std::string_view name, std::string_view words) {
  return columns_row(format, name, words, has_columns_of<format>, make_columns<format>);
}

constexpr std::array table{
    format_row{trace_format::blktrace, "blktrace", "binary records of blktrace",
               [](const trace_head& head) { return blktrace_parser::recognises(head.bytes); },
               make<blktrace_parser>},
    format_row{trace_format::fio, "fio", "I/O log of fio, version 2 or 3", is_fio, make_fio},
    format_row{trace_format::blkparse, "blkparse", "text of blkparse",
               [](const trace_head& head) { return has_line(head, blkparse_parser::recognises); },
               make<blkparse_parser>},
    format_row{trace_format::events, "events", "block events of perf script or trace-cmd report",
               [](const trace_head& head) {
                 return has_line(head, [](std::string_view line) {
                   return event_text_parser::parse_line(line).has_value();
                 });
               },
               make<event_text_parser>},
    published<trace_format::biosnoop>("biosnoop", "text of bcc's biosnoop"),
    format_row{trace_format::etw, "etw", "disk events of Windows (ETW) as text",
               [](const trace_head& head) { return has_line(head, etw_parser::recognises); },
               make<etw_parser>},
    published<trace_format::blkreplay>("blkreplay", "load file of blkreplay"),
    published<trace_format::msr>("msr", "MSR Cambridge"),
    published<trace_format::systor>("systor", "SYSTOR '17"),
    published<trace_format::alibaba>("alibaba", "Alibaba block traces"),
    published<trace_format::tencent>("tencent", "Tencent block storage"),
    published<trace_format::cloudphysics>("cloudphysics", "CloudPhysics as text"),
    published<trace_format::thesios>("thesios", "Thesios (Google)"),
    published<trace_format::iotrace>("iotrace", "Open CAS iotrace as text"),
    format_row{trace_format::iotrace_json, "iotrace-json", "Open CAS iotrace as JSON",
               [](const trace_head& head) {
                 const auto lines = first_lines(head.text(), 1);
                 return !lines.empty() && iotrace_json_parser::recognises(lines.front());
               },
               make<iotrace_json_parser>},
    published<trace_format::spc>("spc", "SPC (UMass)"),
    published<trace_format::fio_latency>("fio-latency", "latency log of fio with offsets"),
    published<trace_format::fiu>("fiu", "FIU"),
    published<trace_format::femu>("femu", "FEMU's replayer"),
    published<trace_format::disksim>("disksim", "DiskSim ASCII"),
    published<trace_format::mqsim>("mqsim", "MQSim"),
    format_row{trace_format::csv, "csv", "columns of text", is_csv, make_csv},
    format_row{
        trace_format::vscsi, "vscsi", "VSCSI records (CloudPhysics), version 1 or 2",
        [](const trace_head& head) { return vscsi_parser::recognises(head.bytes).has_value(); },
        make_vscsi},
};

}  // namespace

std::span<const format_row> format_table() { return table; }

const format_row& row_of(trace_format format) {
  const auto row = std::ranges::find(table, format, &format_row::format);
  REQUIRE(row != table.end());
  return *row;
}

std::string_view name_of(trace_format format) { return row_of(format).name; }
std::string_view words_of(trace_format format) { return row_of(format).words; }

std::optional<trace_format> format_of_name(std::string_view name) {
  const auto row = std::ranges::find(table, name, &format_row::name);
  if (row == table.end()) return std::nullopt;
  return row->format;
}

std::string format_names() {
  std::string names;
  for (const format_row& row : table) {
    if (!names.empty()) names += ", ";
    names += row.name;
  }
  return names;
}

std::optional<trace_format> recognise_format(const trace_head& head) {
  for (const format_row& row : table)
    if (row.recognises(head)) return row.format;
  return std::nullopt;
}

}  // namespace sim::trace
