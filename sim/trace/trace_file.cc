#include "sim/trace/trace_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "persistent-data/base/error.h"
#include "sim/trace/column_formats.h"
#include "sim/trace/header_layout.h"
#include "sim/trace/other_contents.h"

namespace sim::trace {

namespace {

// blktrace takes the time of an event before its place in the buffer, and an
// interrupt may come between; more than a few events apart they are not.
constexpr std::size_t blktrace_window = 1024;

std::string base_name(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

trace_format choose_format(const std::string& name, const trace_head& head,
                           const trace_options& options) {
  if (options.format) return *options.format;
  if (!options.columns.empty()) return trace_format::csv;
  if (const std::string_view else_is = other_contents(head); !else_is.empty())
    throw pdata::error(fmt::format("Trace '{}' is {}", name, else_is));
  if (const auto recognised = recognise_format(head)) return *recognised;
  if (const std::string why = ambiguity(head.text()); !why.empty())
    throw pdata::error(fmt::format("The format of trace '{}' is not certain: {}", name, why));
  constexpr std::size_t lines_looked_at = 64;
  const auto lines = first_lines(head.text(), lines_looked_at);
  if (std::ranges::any_of(lines, [](std::string_view line) {
        return line.find("block_bio_queue: ") != line.npos ||
               line.find("block_rq_issue: ") != line.npos;
      }))
    throw pdata::error(fmt::format(
        "The format of trace '{}' is not known: it has block events, and none of them has a time "
        "in seconds with a fraction before it, which perf script -F +time prints, and trace-cmd "
        "report after recording with -C mono",
        name));
  // Other programs may have written a few words above the lines.
  constexpr std::size_t headers_looked_at = 3;
  for (std::size_t i = 0; i < std::min(lines.size(), headers_looked_at); ++i)
    if (const std::string gap = header_gap(lines[i]); !gap.empty())
      throw pdata::error(fmt::format(
          "The format of trace '{}' is not known: {}. If a column has it, say with --columns which",
          name, gap));
  const auto guess = guess_layout(lines);
  throw pdata::error(fmt::format(
      "The format of trace '{}' is not known: name it with --format ({}), or say what its columns "
      "are{}",
      name, format_names(),
      guess ? fmt::format(", for example with\n  --columns '{}'", list_of_layout(*guess))
            : " with --columns"));
}

std::unique_ptr<trace_parser> make_parser(trace_format format, const std::string& name,
                                          input_buffer& input, const trace_options& options,
                                          const parser_context& context) {
  try {
    return row_of(format).make(input, context, options);
  } catch (const pdata::error& e) {
    throw pdata::error(
        fmt::format("Trace '{}' cannot be read as {}: {}", name, words_of(format), e.what()));
  }
}

}  // namespace

trace_file::trace_file(std::string name, std::unique_ptr<byte_source> source,
                       const trace_options& options, device_table& devices, std::uint32_t number)
    : name_(std::move(name)),
      input_(std::move(source)),
      strict_(options.strict),
      format_(choose_format(name_, {input_.head()}, options)),
      parser_(make_parser(
          format_, name_, input_, options,
          parser_context{devices, number, base_name(name_), options.events.has_value()})),
      events_ahead_(parser_->events_ahead()),
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
        if (!damage.empty()) {
          count_damage(statistics, name_, damage);
          ++statistics.cut_short;
        }
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
