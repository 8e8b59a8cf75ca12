#include "sim/trace/trace_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "persistent-data/base/error.h"
#include "sim/trace/blkparse_text.h"
#include "sim/trace/blktrace_binary.h"
#include "sim/trace/csv_trace.h"
#include "sim/trace/fio_iolog.h"
#include "sim/trace/vscsi.h"

namespace sim::trace {

namespace {

// blktrace takes the time of an event before its place in the buffer, and an
// interrupt may come between; more than a few events apart they are not.
constexpr std::size_t blktrace_window = 1024;

std::string base_name(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

trace_format choose_format(const std::string& name, std::span<const std::byte> head,
                           const trace_options& options) {
  if (options.format) return *options.format;
  if (!options.columns.empty()) return trace_format::csv;
  if (const auto detected = detect_format(head)) return *detected;
  if (head.empty()) throw pdata::error(fmt::format("Trace '{}' is empty", name));
  throw pdata::error(
      fmt::format("The format of trace '{}' is not known: name it with --format ({}), or the "
                  "columns of a CSV file with --columns",
                  name, format_names()));
}

csv_layout generic_layout(const std::string& name, std::string_view first_line,
                          const trace_options& options) {
  const auto header = layout_of_header(first_line);
  if (options.columns.empty()) {
    if (header) return *header;
    throw pdata::error(fmt::format(
        "Trace '{}' has no header line with op, offset and length: name the columns with --columns",
        name));
  }
  csv_layout layout = layout_of_list(options.columns);
  layout.has_header = header.has_value();
  for (const char delimiter : {',', ';', '\t'}) {
    layout.delimiter = delimiter;
    if (first_line.find(delimiter) != std::string_view::npos) break;
  }
  return layout;
}

csv_layout published_layout(published_csv trace, std::string_view first_line) {
  const auto known = recognise_published(first_line);
  return layout_of(trace, known && known->trace == trace && known->has_header);
}

std::unique_ptr<trace_parser> make_parser(trace_format format, const std::string& name,
                                          input_buffer& input, const trace_options& options,
                                          parser_context context) {
  const auto head = input.peek(input_buffer::look_ahead_max);
  const std::string first_line(first_line_of(head));
  csv_layout layout;
  switch (format) {
    case trace_format::blktrace:
      return std::make_unique<blktrace_parser>(input, context);
    case trace_format::blkparse:
      return std::make_unique<blkparse_parser>(input, context);
    case trace_format::fio:
      return std::make_unique<fio_iolog_parser>(input, context);
    case trace_format::vscsi: {
      const auto version = vscsi_parser::recognises(head).value_or(vscsi_version::v1);
      return std::make_unique<vscsi_parser>(input, context, version);
    }
    case trace_format::msr:
      layout = published_layout(published_csv::msr, first_line);
      break;
    case trace_format::alibaba:
      layout = published_layout(published_csv::alibaba, first_line);
      break;
    case trace_format::tencent:
      layout = published_layout(published_csv::tencent, first_line);
      break;
    case trace_format::csv:
      layout = generic_layout(name, first_line, options);
      break;
  }
  return std::make_unique<csv_parser>(input, context, layout);
}

}  // namespace

trace_file::trace_file(std::string name, std::unique_ptr<byte_source> source,
                       const trace_options& options, device_table& devices, std::uint32_t number)
    : name_(std::move(name)),
      input_(std::move(source)),
      strict_(options.strict),
      format_(choose_format(name_, input_.peek(input_buffer::look_ahead_max), options)),
      parser_(make_parser(format_, name_, input_, options,
                          parser_context{devices, number, base_name(name_)})),
      window_max_(format_ == trace_format::blktrace ? blktrace_window : 0) {}

std::string trace_file::position_of(std::uint64_t record) const {
  return fmt::format("{}: {} {}", name_, parser_->unit(), record);
}

void trace_file::count_damage(trace_statistics& statistics, std::string position,
                              const std::string& reason) const {
  if (strict_) throw pdata::error(fmt::format("{}: {}", position, reason));
  ++statistics.damaged;
  if (statistics.problems.size() < trace_statistics::problems_kept)
    statistics.problems.push_back({std::move(position), reason});
}

bool trace_file::parse_request(io_request& request, trace_statistics& statistics) {
  for (;;) {
    switch (parser_->next(request)) {
      case record_kind::request:
        return true;
      case record_kind::skipped:
        ++statistics.skipped;
        break;
      case record_kind::damaged:
        count_damage(statistics, position_of(parser_->record()), parser_->reason());
        break;
      case record_kind::end: {
        const std::string damage = input_.source().damage();
        if (!damage.empty()) count_damage(statistics, name_, damage);
        return false;
      }
    }
  }
}

bool trace_file::advance(trace_statistics& statistics) {
  if (window_max_ == 0) return parse_request(front_, statistics);
  while (!ended_ && window_.size() < window_max_) {
    io_request request;
    if (!parse_request(request, statistics)) {
      ended_ = true;
      break;
    }
    auto place = window_.end();
    while (place != window_.begin() && std::prev(place)->time_ns > request.time_ns) --place;
    window_.insert(place, request);
  }
  if (window_.empty()) return false;
  front_ = window_.front();
  window_.pop_front();
  return true;
}

}  // namespace sim::trace
