#include "sim/trace/column_formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "persistent-data/base/error.h"
#include "persistent-data/base/ids.h"
#include "persistent-data/base/require.h"
#include "sim/trace/header_layout.h"
#include "sim/trace/operation_names.h"
#include "sim/trace/text_fields.h"

namespace sim::trace {

namespace {

constexpr std::size_t lines_looked_at = 64;

using fields = std::span<const std::string_view>;

bool is_number(std::string_view field) { return decimal(field).has_value(); }
bool is_time(std::string_view field) { return decimal_time_ns(field, 1'000'000'000).has_value(); }
bool has_fraction(std::string_view field) { return field.find('.') != std::string_view::npos; }
bool is_one_of(std::string_view field, std::string_view letters) {
  return field.size() == 1 && letters.find(field.front()) != std::string_view::npos;
}
bool in_bytes(std::string_view field) {
  const auto count = decimal(field);
  return count && *count % pdata::sector_bytes == 0;
}
constexpr std::size_t filetime_digits_min = 17;  // of any year since 1917
constexpr std::size_t epoch_digits = 10;         // seconds since 1970, from 2001
constexpr std::size_t epoch_us_digits = 16;

bool msr(fields f) {
  return f.size() == 7 && is_number(f[0]) && f[0].size() >= filetime_digits_min &&
         (f[3] == "Read" || f[3] == "Write") && is_number(f[4]) && is_number(f[5]);
}
bool alibaba(fields f) {
  return f.size() == 5 && is_number(f[0]) && is_one_of(f[1], "RW") && is_number(f[2]) &&
         is_number(f[3]) && is_number(f[4]) && f[4].size() == epoch_us_digits;
}
bool tencent(fields f) {
  return f.size() == 5 && f[0].size() == epoch_digits && is_number(f[0]) && is_number(f[1]) &&
         is_number(f[2]) && is_one_of(f[3], "01") && is_number(f[4]);
}
bool systor(fields f) {
  return f.size() == 6 && is_time(f[0]) && f[0].find('.') == epoch_digits &&
         (f[2].empty() || is_one_of(f[2], "RW")) && is_number(f[3]) && is_number(f[4]) &&
         is_number(f[5]);
}
bool spc(fields f) {
  return f.size() >= 5 && is_number(f[0]) && is_number(f[1]) && is_number(f[2]) &&
         is_one_of(f[3], "RWrw") && is_time(f[4]);
}
bool cloudphysics(fields f) {
  return f.size() == 5 && is_number(f[0]) && is_time(f[1]) && operation_of_field(f[2], 1) &&
         is_number(f[3]) && is_number(f[4]);
}
bool blkreplay(fields f) {
  return f.size() >= 4 && is_time(f[0]) && is_number(f[1]) && is_number(f[2]) && !f[3].empty();
}
bool fio_latency(fields f) {
  return (f.size() == 6 || f.size() == 7) && is_number(f[0]) && is_number(f[1]) &&
         is_one_of(f[2], "012") && in_bytes(f[3]) && in_bytes(f[4]) && number(f[5]);
}
bool fiu(fields f) {
  if (f.size() < 8 || !is_number(f[0]) || !is_number(f[1])) return false;
  const auto op = std::ranges::find_if(
      f.subspan(5), [](std::string_view field) { return is_one_of(field, "RW"); });
  const auto left = f.subspan(5).end() - op;
  return left >= 3 && is_number(*(op - 1)) && is_number(*(op - 2)) && is_number(*(op + 1)) &&
         is_number(*(op + 2));
}
bool five_numbers(fields f) {
  return f.size() == 5 && is_time(f[0]) && is_number(f[1]) && is_number(f[2]) && is_number(f[3]) &&
         is_one_of(f[4], "01");
}
bool disksim(fields f) { return five_numbers(f) && has_fraction(f[0]); }
bool mqsim(fields f) { return five_numbers(f) && !has_fraction(f[0]); }
bool bytes_of_five(fields f) { return five_numbers(f) && in_bytes(f[2]) && in_bytes(f[3]); }
bool femu(fields f) { return bytes_of_five(f) && has_fraction(f[0]); }

struct published_row {
  trace_format format;
  char delimiter;
  std::string_view list;             // as --columns takes it, without the delimiter
  std::string_view header;           // normalised names joined by commas; "": none
  bool (*record)(fields) = nullptr;  // all first records are like this
  std::string_view names = {};       // of the header, in the order of the list, by name
  std::string_view wide = {};        // name of the column of free text
  std::string_view note = {};
};

// The order is that of recognition: see format_table.cc.
constexpr std::array rows{
    published_row{.format = trace_format::msr,
                  .delimiter = ',',
                  .list = "time_filetime,device,device,op,offset_bytes,length_bytes,-",
                  .header = "timestamp,hostname,disknumber,type,offset,size,responsetime",
                  .record = msr},
    published_row{.format = trace_format::alibaba,
                  .delimiter = ',',
                  .list = "device,op,offset_bytes,length_bytes,time_us",
                  .header = "device_id,opcode,offset,length,timestamp",
                  .record = alibaba},
    published_row{.format = trace_format::tencent,
                  .delimiter = ',',
                  .list = "time_s,offset_sectors,length_sectors,op,device read=0 write=1",
                  .header = "timestamp,offset,size,iotype,volumeid",
                  .record = tencent},
    published_row{.format = trace_format::systor,
                  .delimiter = ',',
                  .list = "time_s,-,op,device,offset_bytes,length_bytes skip= read=R write=W",
                  .header = "timestamp,response,iotype,lun,offset,size",
                  .record = systor,
                  .note = "Records that are neither reads nor writes are passed over."},
    published_row{.format = trace_format::spc,
                  .delimiter = ',',
                  .list = "device,offset_sectors,length_bytes,op,time_s",
                  .header = "",
                  .record = spc,
                  .note = "SPC leaves the size of an address to the trace: 512 bytes are taken, as "
                          "in the UMass traces."},
    published_row{.format = trace_format::cloudphysics,
                  .delimiter = ',',
                  .list = "-,time_s,op,length_bytes,offset_sectors",
                  .header = "version,time,op,size,lbn",
                  .record = cloudphysics},
    published_row{.format = trace_format::thesios,
                  .delimiter = ',',
                  .list = "device,offset_bytes,op,length_bytes,time_s",
                  .header = "",
                  .names = "filename,file_offset,op_type,request_io_size_bytes,start_time",
                  .note = "Thesios has no addresses on a disk: each file is a volume."},
    published_row{.format = trace_format::iotrace,
                  .delimiter = ',',
                  .list = "device,time_ns,flush,fua,offset_sectors,length_sectors,op skip=",
                  .header = "",
                  .names = "device_name,header_timestamp,io_flush,io_fua,io_lba,io_len,"
                           "io_operation"},
    published_row{.format = trace_format::fio_latency,
                  .delimiter = ',',
                  .list = "time_ms,-,op,length_bytes,offset_bytes read=0 write=1 discard=2",
                  .header = "",
                  .record = fio_latency,
                  .note = "Times of a fio latency log are those of completions, in milliseconds."},
    published_row{.format = trace_format::blkreplay,
                  .delimiter = ';',
                  .list = "time_s,offset_sectors,length_sectors,op",
                  .header = "start,sector,length,op",
                  .record = blkreplay},
    published_row{.format = trace_format::biosnoop,
                  .delimiter = ' ',
                  .list = "time_s,device,op,offset_sectors,length_bytes",
                  .header = "",
                  .names = "time_s,disk,t,sector,bytes",
                  .wide = "comm",
                  .note = "Times of biosnoop are those of completions."},
    published_row{.format = trace_format::fiu,
                  .delimiter = ' ',
                  .list = "time_ns,-,-,offset_sectors,length_sectors,op,device,device,-",
                  .header = "",
                  .record = fiu},
    published_row{.format = trace_format::femu,
                  .delimiter = '\0',
                  .list = "time_ms,device,offset_bytes,length_bytes,op write=0 read=1",
                  .header = "",
                  .record = femu,
                  .note = "All offsets and lengths are multiples of 512: they are taken as bytes, "
                          "as FEMU's replayer has them, and not as DiskSim's sectors."},
    published_row{.format = trace_format::disksim,
                  .delimiter = '\0',
                  .list = "time_ms,device,offset_sectors,length_sectors,op write=0 read=1",
                  .header = "",
                  .record = disksim},
    published_row{.format = trace_format::mqsim,
                  .delimiter = '\0',
                  .list = "time_ns,device,offset_sectors,length_sectors,op write=0 read=1",
                  .header = "",
                  .record = mqsim,
                  .note = "MQSim's workload file says what its time counts: nanoseconds are taken, "
                          "as in the traces that come with it."},
};

const published_row& published_row_of(trace_format format) {
  const auto row = std::ranges::find(rows, format, &published_row::format);
  REQUIRE(row != rows.end());
  return *row;
}

column_layout layout_of_row(const published_row& row, char delimiter) {
  column_layout layout = layout_of_list(row.list);
  layout.delimiter = delimiter;
  layout.header = false;
  layout.text_lines_skipped = row.format == trace_format::blkreplay;
  return layout;
}

char delimiter_for(const published_row& row, std::string_view line) {
  if (row.delimiter != '\0') return row.delimiter;
  if (row.format != trace_format::femu) return ' ';
  return line.find(',') != std::string_view::npos ? ',' : ' ';
}

void set_names(column_layout& layout, fields header) {
  for (std::size_t i = 0; i < layout.columns.size() && i < header.size(); ++i)
    layout.names[i] = header[i];
}

// Some records may be damaged, but most are like those of the format, the first one too.
bool bears_out(const published_row& row, char delimiter,
               std::span<const std::string_view> records) {
  constexpr std::size_t damaged_share = 8;
  const auto is_record = [&](std::string_view line) {
    column_fields found;
    return row.record(fields(found).first(split_line(line, delimiter, found)));
  };
  if (!is_record(records.front())) return false;
  const auto others = static_cast<std::size_t>(
      std::ranges::count_if(records, [&](std::string_view line) { return !is_record(line); }));
  return others * damaged_share <= records.size();
}

// The header of exactly these columns, or of these and more behind them. Other traces have
// such a header too: the records behind it must be those of the format.
std::optional<column_layout> by_header(const published_row& row,
                                       std::span<const std::string_view> lines) {
  const std::string_view line = lines.front();
  column_fields found;
  const std::size_t count = split_line(line, row.delimiter, found);
  std::string_view rest = row.header;
  std::size_t i = 0;
  for (; !rest.empty() && i < count; ++i) {
    const std::string_view name = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    std::string plain = normalised(found[i]);
    if (plain == "orig_start") plain = "start";
    if (plain != name) return std::nullopt;
  }
  if (!rest.empty() || (i != count && row.format != trace_format::blkreplay)) return std::nullopt;
  if (lines.size() > 1 && !bears_out(row, row.delimiter, lines.subspan(1))) return std::nullopt;
  column_layout layout = layout_of_row(row, row.delimiter);
  layout.header = row.format != trace_format::blkreplay;  // remarks come before, as text
  set_names(layout, fields(found).first(count));
  return layout;
}

// A header that has all these names, in any order and among others.
std::optional<column_layout> by_names(const published_row& row, std::string_view line) {
  column_fields found;
  const std::size_t count = split_line(line, row.delimiter, found);
  const column_layout listed = layout_of_row(row, row.delimiter);
  column_layout layout = listed;
  layout.header = true;
  layout.columns.assign(count, {});
  layout.names.clear();
  std::size_t matched = 0;
  for (std::size_t i = 0; i < count; ++i) {
    layout.names.emplace_back(found[i]);
    const std::string plain = normalised(found[i]);
    if (plain == row.wide && !row.wide.empty()) layout.wide_column = i;
    std::string_view rest = row.names;
    for (const column& meaning : listed.columns) {
      const std::string_view name = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(rest.size(), name.size() + 1));
      if (plain != name) continue;
      layout.columns[i] = meaning;
      ++matched;
    }
  }
  if (matched != listed.columns.size()) return std::nullopt;
  return layout;
}

std::optional<column_layout> by_records(const published_row& row,
                                        std::span<const std::string_view> lines) {
  if (lines.empty()) return std::nullopt;
  const char delimiter = delimiter_for(row, lines.front());
  if (!bears_out(row, delimiter, lines)) return std::nullopt;
  column_fields first;
  const std::size_t count = split_line(lines.front(), delimiter, first);
  column_layout layout = layout_of_row(row, delimiter);
  if (row.format == trace_format::fiu) {
    layout.wide_column = 2;  // the process's name
    layout.columns.resize(std::min(count, layout.columns.size()));
  }
  return layout;
}

// What the first records have in a column.
std::vector<std::string_view> values_of(std::span<const std::string_view> lines,
                                        const column_layout& layout, column_meaning meaning) {
  const auto at = static_cast<std::size_t>(
      std::ranges::find(layout.columns, meaning, &column::meaning) - layout.columns.begin());
  std::vector<std::string_view> values;
  for (const std::string_view line : lines) {
    column_fields found;
    const std::size_t count = split_line(line, *layout.delimiter, found);
    const bool surplus = layout.wide_column && count > layout.columns.size();
    const std::size_t place =
        surplus && at > *layout.wide_column ? at + count - layout.columns.size() : at;
    if (place < count) values.push_back(found[place]);
  }
  return values;
}

struct range_evidence {
  std::size_t records = 0;
  std::size_t whole = 0;           // both are multiples of 512
  bool some_are_too_long = false;  // as sectors: no device takes 2 MiB at once
};

range_evidence evidence_of(std::span<const std::string_view> lines, const column_layout& layout) {
  constexpr std::uint64_t long_transfer = 4096;
  const auto offsets = values_of(lines, layout, column_meaning::offset);
  const auto lengths = values_of(lines, layout, column_meaning::length);
  range_evidence found;
  for (std::size_t i = 0; i < std::min(offsets.size(), lengths.size()); ++i) {
    const auto length = decimal(lengths[i]);
    if (!length || *length == 0 || !decimal(offsets[i])) continue;
    ++found.records;
    if (in_bytes(offsets[i]) && in_bytes(lengths[i])) ++found.whole;
    if (*length >= long_transfer) found.some_are_too_long = true;
  }
  return found;
}

// What speaks against the unit of a column where only the look of the records says what they
// are; empty if nothing does.
std::string contradiction(const published_row& row, const column_layout& layout,
                          std::span<const std::string_view> lines) {
  constexpr std::size_t odd_share = 8;
  const range_evidence found = evidence_of(lines, layout);
  if (found.records == 0) return {};
  const bool all_whole = found.whole == found.records;
  const bool odd = (found.records - found.whole) * odd_share > found.records;
  switch (row.format) {
    case trace_format::msr:
    case trace_format::alibaba:
    case trace_format::systor:
      return odd ? "its offsets and lengths are bytes, and many here are no whole sectors" : "";
    case trace_format::spc: {
      const auto times = values_of(lines, layout, column_meaning::time);
      if (std::ranges::none_of(times, has_fraction) &&
          std::ranges::any_of(times, [](std::string_view t) { return t != "0"; }))
        return "its times are seconds, and all here are whole numbers";
      return std::ranges::all_of(values_of(lines, layout, column_meaning::length), in_bytes)
                 ? ""
                 : "its lengths are bytes, and some here are no whole sectors";
    }
    case trace_format::tencent:
    case trace_format::fiu:
    case trace_format::disksim:
    case trace_format::mqsim:
      return all_whole ? "its offsets and lengths count sectors, and all here are multiples of "
                         "512, as bytes are"
                       : "";
    case trace_format::femu:
      return all_whole && found.some_are_too_long
                 ? ""
                 : "its offsets and lengths are bytes, and these may as well be sectors";
    default:
      return {};
  }
}

// Bytes for sectors, and sectors for bytes.
column_layout in_the_other_unit(column_layout layout) {
  for (column& c : layout.columns)
    if (c.meaning == column_meaning::offset || c.meaning == column_meaning::length)
      c.unit = c.unit == 1 ? pdata::sector_bytes : 1;
  return layout;
}

}  // namespace

std::optional<column_layout> columns_of(trace_format format, std::string_view text) {
  const published_row& row = published_row_of(format);
  const auto lines = first_lines(text, lines_looked_at);
  if (lines.empty()) return std::nullopt;
  if (format == trace_format::blkreplay) {
    for (std::size_t i = 0; i < lines.size(); ++i)
      if (auto layout = by_header(row, std::span(lines).subspan(i))) return layout;
    return std::nullopt;
  }
  if (!row.header.empty())
    if (auto layout = by_header(row, lines)) return layout;
  if (!row.names.empty()) return by_names(row, lines.front());
  return row.record != nullptr ? by_records(row, lines) : std::nullopt;
}

std::optional<column_layout> recognise_columns(trace_format format, std::string_view text) {
  auto layout = columns_of(format, text);
  if (!layout) return std::nullopt;
  auto lines = first_lines(text, lines_looked_at);
  if (layout->header.value_or(false)) lines.erase(lines.begin());
  if (!contradiction(published_row_of(format), *layout, lines).empty()) return std::nullopt;
  return layout;
}

std::string ambiguity(std::string_view text) {
  const auto lines = first_lines(text, lines_looked_at);
  const auto all = [&](char delimiter, bool (*test)(fields)) {
    return !lines.empty() && std::ranges::all_of(lines, [&](std::string_view line) {
      column_fields found;
      return test(fields(found).first(split_line(line, delimiter, found)));
    });
  };
  const auto whole = [](fields f) { return bytes_of_five(f) && !has_fraction(f[0]); };
  if (all(' ', whole) || all(',', whole))
    return "it may be one of FEMU's (milliseconds and bytes) or of MQSim's (nanoseconds and "
           "sectors): say --format femu or --format mqsim";
  if (all(',', [](fields f) {
        return f.size() == 5 && is_number(f[0]) && is_number(f[1]) && is_one_of(f[2], "012") &&
               in_bytes(f[3]) && number(f[4]);
      }))
    return "it looks like a latency log of fio without offsets: record it with log_offset=1";
  std::string contradictions;
  std::string proposal;
  for (const published_row& row : rows) {
    const auto layout = columns_of(row.format, text);
    if (!layout) continue;
    const std::string found = contradiction(row, *layout, lines);
    if (found.empty()) continue;
    contradictions +=
        fmt::format("{}it looks like {} (--format {}), but {}", contradictions.empty() ? "" : "; ",
                    words_of(row.format), name_of(row.format), found);
    if (row.format != trace_format::spc)
      proposal = fmt::format(", or that it is the other unit, for example with\n  --columns '{}'",
                             list_of_layout(in_the_other_unit(*layout)));
  }
  return contradictions.empty() ? ""
                                : fmt::format("{}. Say that it is{}", contradictions, proposal);
}

column_layout layout_of(trace_format format) {
  const published_row& row = published_row_of(format);
  if (!row.names.empty())
    throw pdata::error(
        fmt::format("a trace of this format begins with a header that has {}", row.names));
  column_layout layout = layout_of_row(row, row.delimiter == '\0' ? ' ' : row.delimiter);
  layout.header = std::nullopt;
  return layout;
}

std::string_view note_of(trace_format format) { return published_row_of(format).note; }

}  // namespace sim::trace
