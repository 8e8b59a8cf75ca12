#include "sim/trace/csv_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "persistent-data/base/error.h"
#include "persistent-data/base/ids.h"
#include "sim/trace/text_fields.h"

namespace sim::trace {

namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;

struct known_name {
  std::string_view name;
  column meaning;
};

constexpr column in_sectors(column_meaning meaning) { return {meaning, pdata::sector_bytes}; }

constexpr std::array names{
    known_name{"timestamp", {column_meaning::time, second_ns}},
    known_name{"time", {column_meaning::time, second_ns}},
    known_name{"ts", {column_meaning::time, second_ns}},
    known_name{"op", {column_meaning::op}},
    known_name{"opcode", {column_meaning::op}},
    known_name{"operation", {column_meaning::op}},
    known_name{"type", {column_meaning::op}},
    known_name{"iotype", {column_meaning::op}},
    known_name{"rw", {column_meaning::op}},
    known_name{"cmd", {column_meaning::op}},
    known_name{"command", {column_meaning::op}},
    known_name{"offset", {column_meaning::offset}},
    known_name{"lba", in_sectors(column_meaning::offset)},
    known_name{"lbn", in_sectors(column_meaning::offset)},
    known_name{"sector", in_sectors(column_meaning::offset)},
    known_name{"block", in_sectors(column_meaning::offset)},
    known_name{"length", {column_meaning::length}},
    known_name{"len", {column_meaning::length}},
    known_name{"size", {column_meaning::length}},
    known_name{"bytes", {column_meaning::length}},
    known_name{"nr_sectors", in_sectors(column_meaning::length)},
    known_name{"sectors", in_sectors(column_meaning::length)},
    known_name{"device", {column_meaning::device}},
    known_name{"dev", {column_meaning::device}},
    known_name{"device_id", {column_meaning::device}},
    known_name{"disk", {column_meaning::device}},
    known_name{"disknumber", {column_meaning::device}},
    known_name{"hostname", {column_meaning::device}},
    known_name{"volume", {column_meaning::device}},
    known_name{"volumeid", {column_meaning::device}},
    known_name{"volume_id", {column_meaning::device}},
};

struct known_unit {
  std::string_view suffix;
  std::uint64_t value;
};

constexpr std::array time_units{
    known_unit{"s", second_ns},  known_unit{"sec", second_ns}, known_unit{"seconds", second_ns},
    known_unit{"ms", 1'000'000}, known_unit{"us", 1000},       known_unit{"ns", 1},
    known_unit{"100ns", 100},    known_unit{"filetime", 100},
};

constexpr std::array size_units{
    known_unit{"bytes", 1},
    known_unit{"b", 1},
    known_unit{"sectors", pdata::sector_bytes},
    known_unit{"kib", 1024},
};

// Lower case, and one `_` for each run of anything that is no letter or digit.
std::string normalised(std::string_view name) {
  std::string plain;
  for (char c : trimmed(name)) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool keep = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (keep)
      plain += c;
    else if (!plain.empty() && plain.back() != '_')
      plain += '_';
  }
  if (plain.ends_with('_')) plain.pop_back();
  return plain;
}

std::optional<column> column_of_plain_name(std::string_view name) {
  for (const known_name& known : names)
    if (name == known.name) return known.meaning;
  return std::nullopt;
}

template <std::size_t N>
std::optional<std::uint64_t> unit_of(const std::array<known_unit, N>& units,
                                     std::string_view suffix) {
  for (const known_unit& unit : units)
    if (suffix == unit.suffix) return unit.value;
  return std::nullopt;
}

char delimiter_of(std::string_view line) {
  for (const char delimiter : {',', ';', '\t'})
    if (line.find(delimiter) != std::string_view::npos) return delimiter;
  return ',';
}

bool is_number(std::string_view field) { return decimal(field).has_value(); }

// The published traces: a header line some copies have, and their columns.
struct published_row {
  published_csv trace;
  std::string_view header;   // normalised names
  std::string_view columns;  // as layout_of_list takes them
};

constexpr std::array published{
    published_row{published_csv::msr, "timestamp,hostname,disknumber,type,offset,size,responsetime",
                  "time_100ns,device,device,op,offset_bytes,length_bytes,-"},
    published_row{published_csv::alibaba, "device_id,opcode,offset,length,timestamp",
                  "device,op,offset_bytes,length_bytes,time_us"},
    published_row{published_csv::tencent, "timestamp,offset,size,iotype,volumeid",
                  "time_s,offset_sectors,length_sectors,op,device"},
};

std::string normalised_header(const csv_fields& fields, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += (i == 0 ? "" : ",") + normalised(fields[i]);
  return all;
}

std::optional<published_csv> published_record(const csv_fields& f, std::size_t count) {
  constexpr std::size_t filetime_digits_min = 17;  // of any year since 1917
  const auto is_op = [](std::string_view field, std::string_view a, std::string_view b) {
    return field == a || field == b;
  };
  if (count == 7 && is_number(f[0]) && f[0].size() >= filetime_digits_min &&
      is_op(f[3], "Read", "Write"))
    return published_csv::msr;
  if (count != 5) return std::nullopt;
  const bool numbers_0_2 = is_number(f[0]) && is_number(f[2]);
  if (numbers_0_2 && is_op(f[1], "R", "W") && is_number(f[3]) && is_number(f[4]))
    return published_csv::alibaba;
  if (numbers_0_2 && is_number(f[1]) && is_op(f[3], "0", "1") && is_number(f[4]))
    return published_csv::tencent;
  return std::nullopt;
}

}  // namespace

bool csv_layout::complete() const {
  const auto has = [this](column_meaning meaning) {
    return std::ranges::any_of(columns, [&](const column& c) { return c.meaning == meaning; });
  };
  return has(column_meaning::op) && has(column_meaning::offset) && has(column_meaning::length);
}

std::optional<column> column_of_name(std::string_view name) {
  const std::string plain = normalised(name);
  if (const auto whole = column_of_plain_name(plain)) return whole;
  const std::size_t split = plain.rfind('_');
  if (split == std::string::npos) return std::nullopt;
  auto found = column_of_plain_name(std::string_view(plain).substr(0, split));
  if (!found) return std::nullopt;
  const std::string_view suffix = std::string_view(plain).substr(split + 1);
  std::optional<std::uint64_t> unit;
  if (found->meaning == column_meaning::time) unit = unit_of(time_units, suffix);
  if (found->meaning == column_meaning::offset || found->meaning == column_meaning::length)
    unit = unit_of(size_units, suffix);
  if (!unit) return std::nullopt;
  found->unit = *unit;
  return found;
}

csv_layout layout_of_list(std::string_view list) {
  csv_layout layout;
  csv_fields fields;
  const std::size_t count = split_line(list, ',', fields);
  for (std::size_t i = 0; i < count; ++i) {
    if (fields[i] == "-") {
      layout.columns.emplace_back();
      continue;
    }
    const auto known = column_of_name(fields[i]);
    if (!known)
      throw pdata::error(
          fmt::format("Unknown column '{}': expected time, op, offset, length or device, with a "
                      "unit like time_us or offset_sectors, or - for a column to ignore",
                      fields[i]));
    layout.columns.push_back(*known);
  }
  if (!layout.complete())
    throw pdata::error(fmt::format("The columns '{}' need at least op, offset and length", list));
  return layout;
}

std::optional<csv_layout> layout_of_header(std::string_view line) {
  csv_layout layout{.delimiter = delimiter_of(line), .has_header = true, .columns = {}};
  csv_fields fields;
  const std::size_t count = split_line(line, layout.delimiter, fields);
  for (std::size_t i = 0; i < count; ++i)
    layout.columns.push_back(column_of_name(fields[i]).value_or(column{}));
  if (!layout.complete()) return std::nullopt;
  return layout;
}

csv_layout layout_of(published_csv trace, bool has_header) {
  const auto row = std::ranges::find(published, trace, &published_row::trace);
  csv_layout layout = layout_of_list(row->columns);
  layout.has_header = has_header;
  return layout;
}

std::optional<recognised_csv> recognise_published(std::string_view first_line) {
  csv_fields fields;
  const std::size_t count = split_line(first_line, ',', fields);
  const std::string header = normalised_header(fields, count);
  for (const published_row& row : published)
    if (header == row.header) return recognised_csv{row.trace, true};
  if (const auto trace = published_record(fields, count)) return recognised_csv{*trace, false};
  return std::nullopt;
}

std::size_t split_line(std::string_view line, char delimiter, csv_fields& fields) {
  std::size_t count = 0;
  while (count < fields.size()) {
    const void* found = line.empty() ? nullptr : std::memchr(line.data(), delimiter, line.size());
    const std::size_t length =
        found == nullptr ? line.size()
                         : static_cast<std::size_t>(static_cast<const char*>(found) - line.data());
    std::string_view field = line.substr(0, length);
    if (!field.empty() && (field.front() <= ' ' || field.back() <= ' ')) field = trimmed(field);
    if (field.size() >= 2 && field.front() == '"' && field.back() == '"')
      field = field.substr(1, field.size() - 2);
    fields[count++] = field;
    if (found == nullptr) break;
    line.remove_prefix(length + 1);
  }
  return count;
}

}  // namespace sim::trace
